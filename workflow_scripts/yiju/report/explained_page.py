"""Explanations of all rows of a table as one page that needs no other file, written row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from yiju.base.printable import shown
from yiju.base.terminal_language import said, spoken_here, told
from yiju.explain.display import AGAINST, FOR, UNKNOWN, UNREAD
from yiju.explain.explanation import Explanation

STYLE = """
body { font: 1rem/1.5 sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
article { border-top: 1px solid #8886; padding: .5rem 0; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1rem; margin: 0; } p { margin: .3rem 0; }
table { max-width: 100%; display: block; overflow-x: auto; }
@media print { article { break-inside: avoid; } }
"""
# What the legend shows of each word that stands in it.
MARKED = {
    "Blue": f"background:rgba({FOR}, .5)",
    "orange": f"background:rgba({AGAINST}, .5)",
    "Underlined": "text-decoration:underline",
    "Dotted": UNKNOWN,
    "struck through": UNREAD,
}
LEGEND = (
    "{0} speaks for what is explained, {1} against it. {2} is the evidence: the smallest set that alone keeps the "
    "judgement. {3} is unknown to the vocabulary; {4} was not read."
)
Row = tuple[int, Explanation | None, str | None]


def explained_page(title: str, unit: str, rows: Iterable[Row], known: Iterable[str]) -> Iterator[str]:
    """The page, in pieces.

    title: name of the table; unit: what a row is called; rows: number of each, with its explanation or why it is no
    pair; known: what is known of the model, in sentences.
    """
    name = escape(shown(title))
    marks = [f'<span style="{look}">{told(word)}</span>' for word, look in MARKED.items()]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    yield (
        f'<!doctype html>\n<html lang="{spoken_here()}"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{name} – {told('explained')}</title><style>{STYLE}</style></head>\n"
        f"<body><main><h1>{_text(f'{title}, explained')}</h1>\n"
        f"{''.join(f'<p>{_text(one)}</p>' for one in known)}<p>{said(LEGEND, *marks)}</p>\n"
    )
    for number, found, reason in rows:
        inner = found.to_html() if found else f"<p>{_text(f'No pair: {reason}')}</p>"
        heading = _text(f"{unit} {number}")
        yield f'<article id="{unit}-{number}"><h2>{heading}</h2>{inner}</article>\n'
    yield "</main></body></html>\n"


def _text(text: str) -> str:
    return escape(shown(told(text)))
