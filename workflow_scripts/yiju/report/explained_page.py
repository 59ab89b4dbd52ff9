"""Explanations of all rows of a table as one page that needs no other file, written row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from yiju.base.printable import shown
from yiju.explain.display import AGAINST, FOR, UNKNOWN, UNREAD
from yiju.explain.explanation import Explanation

STYLE = """
body { font: 1rem/1.5 sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
article { border-top: 1px solid #8886; padding: .5rem 0; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1rem; margin: 0; } p { margin: .3rem 0; }
table { max-width: 100%; display: block; overflow-x: auto; }
@media print { article { break-inside: avoid; } }
"""
LEGEND = (
    f'<p><span style="background:rgba({FOR}, .5)">Blue</span> speaks for what is explained, '
    f'<span style="background:rgba({AGAINST}, .5)">orange</span> against it. '
    '<span style="text-decoration:underline">Underlined</span> is the evidence: the smallest set that alone keeps the '
    f'judgement. <span style="{UNKNOWN}">Dotted</span> is unknown to the vocabulary; '
    f'<span style="{UNREAD}">struck through</span> was not read.</p>'
)
Row = tuple[int, Explanation | None, str | None]


def explained_page(title: str, unit: str, rows: Iterable[Row], said: Iterable[str]) -> Iterator[str]:
    """The page, in pieces.

    title: name of the table; unit: what a row is called; rows: number of each, with its explanation or why it is no
    pair; said: what is known of the model, in sentences.
    """
    name = escape(shown(title))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{name} – explained</title><style>{STYLE}</style></head>\n<body><main><h1>{name}, explained</h1>\n"
        f"{''.join(f'<p>{escape(shown(one))}</p>' for one in said)}{LEGEND}\n"
    )
    for number, found, reason in rows:
        inner = found.to_html() if found else f"<p>No pair: {escape(shown(reason or ''))}</p>"
        yield f'<article id="{unit}-{number}"><h2>{unit} {number}</h2>{inner}</article>\n'
    yield "</main></body></html>\n"
