"""Pages of commands, in the language of the terminal: their sentences are looked up as those that are printed."""

from __future__ import annotations

from pathlib import Path

from yiju.base.terminal_language import spoken_here, told
from yiju.report.templates import environment

HERE = Path(__file__).parent


def page_of(template: str, **values: object) -> str:
    """A page that needs nothing else; text of others is escaped.

    In its template `text | told` is a text in the language of the terminal, `text | whole` a sentence of it, with a
    capital and a full stop; `language` is the tag of the language; `colon` stands before a list, `pause` between its
    parts, `stop` at its end, and `gap` between two sentences.
    """
    made = environment(HERE, HERE / "page")
    made.filters |= {"told": told, "whole": whole}
    english = spoken_here() == "en"
    made.globals |= {"language": spoken_here(), "pause": "; " if english else "；", "stop": "." if english else "。"}
    made.globals |= {"colon": ": " if english else "：", "gap": " " if english else ""}
    return made.get_template(template).render(values)


def whole(text: str) -> str:
    """A sentence that is written as a part of one: it begins with a capital, and ends in a full stop."""
    found = told(text)
    return f"{found[:1].upper()}{found[1:]}{'.' if spoken_here() == 'en' else '。'}"
