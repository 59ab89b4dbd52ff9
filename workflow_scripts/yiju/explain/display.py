"""An explanation as a piece of a page, and as a notebook shows it: in its light or its dark theme, with a legend."""

from __future__ import annotations

import re
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from yiju.base.printable import shown
from yiju.base.terminal_language import told as in_language
from yiju.explain.acting import certain, errors, found_by, left_open, link_texts, scale_of
from yiju.explain.evidence.in_words import groups, pair_in_words
from yiju.explain.grounds import grounds
from yiju.explain.notes import notes
from yiju.explain.strength import strength
from yiju.explain.unit_names import quoted

if TYPE_CHECKING:
    from yiju.explain.explanation import Explanation, Segment, Side

# Blue speaks for the label, orange against it: told apart by colour-blind people too, and by the sign in the tooltip.
FOR, AGAINST = "0, 105, 170", "200, 90, 0"
# Of two segments: both together do what neither does alone, or one does what the other would do.
TOGETHER, INSTEAD = "118, 70, 150", "120, 120, 120"
# How a page marks a character that the vocabulary does not hold, and one that was cut off.
UNKNOWN, UNREAD = "outline:2px dotted #d63333", "opacity:0.45;text-decoration:line-through"
# Jupyter names the colours of its theme, and so does Visual Studio Code; elsewhere the system's theme decides.
INK = "color:var(--jp-content-font-color1,var(--vscode-editor-foreground,{ink}))"
PAPER = "background:var(--jp-layout-color0,var(--vscode-editor-background,{paper}))"
STYLE = (
    "<style>.yiju-explanation{{{light};padding:.4em .8em;font-family:sans-serif}}"
    ".yiju-explanation table{{color:inherit;font:inherit}}.yiju-explanation .legend{{font-size:.85em}}"
    "@media (prefers-color-scheme:dark){{.yiju-explanation{{{dark}}}}}</style>"
)
# The word in the legend that is underlined itself, and the sign after it.
UNDERLINED = re.compile("^([^:：]+)([:：])")
LIGHT = {"ink": "#1c1c1c", "paper": "#ffffff"}
DARK = {"ink": "#ececec", "paper": "#161616"}


def html_of(found: Explanation) -> str:
    """A piece of a page, escaped, that needs no style sheet: both sentences coloured, and the matrix."""
    head = f"{found.verdict}, by {found.method['method']}{found.of_class}"
    lines = "".join(map(_side, found.sides))
    said, told = _paragraphs(notes(found, found.about)), _paragraphs(grounds(found))
    parts = f"{said}{lines}{told}{_table(found)}{_evidence(found)}"
    return f'<div style="font-family:sans-serif"><p>{_sentence(head)}</p>{parts}</div>'


def in_notebook(found: Explanation) -> str:
    """`html_of` with the style of a notebook around it, and what its colours and marks mean below."""
    light, dark = (f"{INK};{PAPER}".format(**theme) for theme in (LIGHT, DARK))
    return f'{STYLE.format(light=light, dark=dark)}<div class="yiju-explanation">{html_of(found)}{_legend(found)}</div>'


def _legend(found: Explanation) -> str:
    what = "the judgement" if found.target == found.label_name is not None else "a higher score"
    segments = [one for side in found.sides for one in side.segments]
    told = [
        f"{_swatch(FOR)} {in_language(f'speaks for {what}')}",
        f"{_swatch(AGAINST)} {in_language('speaks against it')}",
        UNDERLINED.sub(r"<u>\1</u>\2", in_language("underlined: the rationale")),
        *([in_language("dotted outline: unknown to the vocabulary")] if any(one.unknown for one in segments) else []),
        *([in_language("struck through: not read")] if any(one.truncated for one in segments) else []),
    ]
    if found.matrix is not None:
        told.append(f"{_swatch(TOGETHER)} {in_language('do together what neither does alone')}")
        told.append(f"{_swatch(INSTEAD)} " + in_language("one does the other's"))
    return f'<p class="legend">{" · ".join(told)}</p>'


def _swatch(colour: str) -> str:
    return f'<span style="background:rgba({colour}, 0.75);padding:0 .6em" aria-hidden="true">&nbsp;</span>'


def _table(found: Explanation) -> str:
    if found.matrix is None:
        return ""
    q, t = ([_text(quoted(one.text)) for one in side.segments] for side in found.sides)
    head = "".join(f'<th scope="col" lang="zh">{text}</th>' for text in t)
    cell = partial(_cell, scale_of(found))
    rows = "".join(
        f'<tr><th scope="row" lang="zh">{text}</th>{"".join(map(cell, *cells))}</tr>'
        for text, *cells in zip(q, found.matrix, errors(found), certain(found), strict=True)
    )
    caption = f"<caption>{_sentence(f'Which acts with which: {found_by(found)}')}</caption>"
    table = f'<table style="border-collapse:collapse">{caption}<tr><td></td>{head}</tr>{rows}</table>'
    return table + _links(found) + _paragraphs(left_open(found))


def _evidence(found: Explanation) -> str:
    """The training pairs for and against the judgement, where they were asked for."""
    lists = []
    for heading, pairs in () if found.evidence is None else groups(found.evidence):
        rows = "".join(f"<li>{_sentence(pair_in_words(pair))}</li>" for pair in pairs)
        lists.append(f"<p>{_sentence(heading)}</p>" + (f"<ol>{rows}</ol>" if rows else ""))
    return "".join(lists)


def _links(found: Explanation) -> str:
    rows = "".join(map(_link, link_texts(found)))
    return f"<p>{_sentence('Spans that act together:')}</p><ol>{rows}</ol>" if rows else ""


def _side(side: Side) -> str:
    parts, place = [], 0
    for one in side.segments:
        parts += [_text(side.text[place : one.start]), _mark(one)]
        place = one.end
    return f'<p lang="zh" style="font-size:1.3em">{"".join(parts)}{_text(side.text[place:])}</p>'


def _mark(one: Segment) -> str:
    marks = {"text-decoration:underline": one.rank, UNKNOWN: one.unknown, UNREAD: one.truncated}
    style = ";".join([_colour(one.strength, FOR, AGAINST), *(mark for mark, there in marks.items() if there)])
    told = [] if one.score is None else [f"score {one.score:.4f}"]
    told += [] if one.effect is None else [f"effect {one.effect:.4f}"]
    told += [f"tied for rank {one.shared}"] if one.shared else [f"rank {one.rank}"] if one.rank else []
    told += [word for word, there in (("unknown", one.unknown), ("not read", one.truncated)) if there]
    return f'<span title="{", ".join(map(_sentence, told))}" style="{style}">{_text(one.text)}</span>'


def _paragraphs(sentences: list[str]) -> str:
    return "".join(f"<p>{_sentence(one)}</p>" for one in sentences)


def _sentence(text: str) -> str:
    """A sentence in the language of the terminal, where a command writes the page; Python speaks English."""
    return _text(in_language(text))


def _text(text: str) -> str:
    return escape(shown(text))


def _cell(scale: float, value: float | None, error: float | None, known: float | None) -> str:
    style = f"width:1.6em;height:1.6em;{_colour(strength(known, known, scale), TOGETHER, INSTEAD)}"
    told = _sentence("not known") if value is None else f"{value:.4f}" + ("" if error is None else f" ± {error:.4f}")
    return f'<td title="{told}" style="{style}"></td>'


def _link(link: tuple[str, str, float]) -> str:
    q, t, score = link
    return f'<li><span lang="zh">{_text(q)}</span> – <span lang="zh">{_text(t)}</span> {score:+.4f}</li>'


def _colour(share: float, positive: str, negative: str) -> str:
    return f"background:rgba({positive if share >= 0 else negative}, {abs(share) * 0.75:.3f})"
