"""Jinja environments of the report's pages and documents, with their filters and messages."""

from __future__ import annotations

from pathlib import Path

import jinja2
from markupsafe import Markup

from yiju.base.language import gettext, ngettext, spoken, written
from yiju.report import number_formats
from yiju.report.glossary import terms

FILTERS = (
    *("count", "percent", "hundredths", "decimal", "duration", "milliseconds", "memory", "words", "clauses"),
    *("place", "points", "signed_points"),
)


def environment(*folders: Path, markup: bool = True) -> jinja2.Environment:
    """An environment in which an unknown name is an error.

    In a template `_("…")` and `_n("…", "…", number)` are messages of the template's own, which may hold markup, with
    values that are escaped; `text | translated` is a text of the code, escaped as any other, and `text | written` a
    sentence that a job wrote, values and all. `gap` stands between two sentences, in the language that is spoken when
    the environment is made. markup: whether this is HTML, in which all values are escaped.
    """
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=markup,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=not markup,
    )
    made.filters |= {name: getattr(number_formats, name) for name in FILTERS} | {
        "translated": gettext,
        "written": written,
    }
    made.globals |= {"spoken": spoken, "glossary": terms, "gap": " " if spoken() == "en" else ""}
    made.globals |= {"_": _message, "_n": _messages} if markup else {"_": gettext, "_n": ngettext}
    return made


def _message(message: str, **values: object) -> Markup:
    """A message of a template as markup; values are escaped unless they are markup themselves."""
    return Markup(gettext(message)).format(**values)


def _messages(one: str, many: str, number: int, **values: object) -> Markup:
    chosen = one if number == 1 and spoken() == "en" else many
    return _message(chosen, number=f"{number:,}", **values)
