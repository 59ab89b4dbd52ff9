"""Edits of a sentence that keep its meaning, and where its segments are afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Printable ASCII as full-width forms, whose code points lie further on by a constant.
HALF_WIDTH = {code + 0xFEE0: code for code in range(0x21, 0x7F)}
MARKS = frozenset("。？！.?!")
CHINESE, LATIN = "[\u3400-\u4dbf\u4e00-\u9fff]", "[0-9A-Za-z]"
BORDER = re.compile(f"(?<={CHINESE})(?={LATIN})|(?<={LATIN})(?={CHINESE})")


@dataclass(frozen=True)
class Edited:
    """A sentence after an edit. segments: of `text`; origins: of each, its place in the sentence before, or None."""

    text: str
    segments: tuple[str, ...]
    origins: tuple[int | None, ...]


def to_half_width(text: str, segments: Sequence[str]) -> Edited:
    """Full-width letters, digits and marks as their ASCII forms: `？` becomes `?`."""
    return Edited(text.translate(HALF_WIDTH), tuple(one.translate(HALF_WIDTH) for one in segments), _same(segments))


def final_mark(text: str, segments: Sequence[str]) -> Edited:
    """Without the mark at the end, where a segment of its own holds one; with `。` where no mark ends the sentence."""
    if len(segments) > 1 and segments[-1] in MARKS and text.endswith(segments[-1]):
        return Edited(text[:-1], tuple(segments[:-1]), _same(segments[:-1]))
    if not text or text[-1] in MARKS or text[-1].isspace():
        return Edited(text, tuple(segments), _same(segments))
    return Edited(f"{text}。", (*segments, "。"), (*_same(segments), None))


def spaced(text: str, segments: Sequence[str]) -> Edited:
    """A space between Chinese characters and Latin letters or digits: `改VIP` becomes `改 VIP`."""
    return Edited(BORDER.sub(" ", text), tuple(BORDER.sub(" ", one) for one in segments), _same(segments))


def _same(segments: Sequence[str]) -> tuple[int, ...]:
    return tuple(range(len(segments)))


# By name. Each takes a sentence and its segments, and gives the same sentence where it does not apply.
EDITS: dict[str, Callable[[str, Sequence[str]], Edited]] = {
    "half_width": to_half_width,
    "final_mark": final_mark,
    "spaced": spaced,
}
