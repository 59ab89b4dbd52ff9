"""Text of others for a terminal or a log: what would steer the terminal, or hide, is written out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import category, east_asian_width

# Controls but TAB and line feed; marks that steer the direction of text or have no width, but for the one that joins
# emoji; separators of lines that are no line feed; halves of surrogate pairs; tags.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def shown(text: str) -> str:
    r"""The text with every character that steers a terminal or cannot be seen as JSON escapes it, such as \u001b.

    So a text that is JSON stays the same JSON. TAB and line feed are left as they are.
    """
    return UNSEEN.sub(_escaped, text)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: two for each wide character, none for a mark on another one."""
    marks = ("Mn", "Me", "Cf")
    return sum(0 if category(one) in marks else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def padded(text: str, width: int) -> str:
    """The text with blanks behind it up to so many columns."""
    return text + " " * (width - columns(text))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of a table as lines, each column as wide as its widest cell."""
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(padded, row, widths)).rstrip() for row in rows]


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))
