"""Segments of a text as spans of characters: single characters, or segments that somebody gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from numbers import Integral
from typing import Any, TypeGuard

from yiju.base.errors import YijuError

# Latin letters and digits, full-width ones too, are read as words; every other character stands for itself.
LATIN = "0-9A-Za-zÀ-ÖØ-öø-ɏ０-９Ａ-Ｚａ-ｚ"
CHARACTER = re.compile(rf"[{LATIN}]+|\S")

# (start, end) in characters of a text.
Span = tuple[int, int]


def characters(text: str) -> list[str]:
    """The segmentation where none is given: single characters, runs of Latin letters and digits whole, no spaces.

    A character is a code point: an emoji that is joined of several, and a letter with combining marks, are several
    segments. The gold rationales of the competition count in these segments; what is explained of other pairs is
    divided by `yiju.data.units`, which leaves such characters whole.
    """
    return CHARACTER.findall(text)


def segment_spans(text: str, segments: Sequence[str]) -> list[Span]:
    """Where each segment lies in the text, in characters: (start, end), in order, only white space between them."""
    spans, position = [], 0
    for place, segment in enumerate(segments):
        start = _find(text, segment, position) if segment else None
        if start is None:
            raise YijuError(
                f"segment {place} {segment!r} does not follow at character {position} of {text!r}; "
                "segments have to spell the text, in order"
            )
        position = start + len(segment)
        spans.append((start, position))
    if text[position:].strip():
        raise YijuError(f"no segment holds {text[position:]!r}, the end of {text!r}; segments have to spell the text")
    return spans


def given_spans(text: str, segments: Any) -> list[Span]:
    """Where segments lie that a caller gives: as texts that spell the text, or as spans, which may leave gaps.

    Raises YijuError for segments that are not in order, not inside the text, empty, or overlap.
    """
    if _all_texts(segments):
        return segment_spans(text, segments)
    if not _all_spans(segments):
        raise YijuError(
            f"segments are {_short(segments)}; give at least one, all as texts, or all as (start, end) in characters"
        )
    spans = [(int(start), int(end)) for start, end in segments]
    _check_spans(spans, len(text))
    return spans


def _check_spans(spans: Sequence[Span], length: int) -> None:
    for place, (start, end) in enumerate(spans):
        if not 0 <= start < end <= length:
            raise YijuError(
                f"segment {place} is ({start}, {end}); a segment holds at least one of the {length} characters: "
                f"0 <= start < end <= {length}"
            )
    for place, ((_, end), (start, _)) in enumerate(pairwise(spans), 1):
        if start < end:
            raise YijuError(
                f"segment {place} begins at character {start}, before the end of the one before it at {end}; segments "
                "are given in order and do not overlap"
            )


def _all_texts(segments: Any) -> TypeGuard[Sequence[str]]:
    return _is_list(segments) and all(isinstance(one, str) for one in segments)


def _all_spans(segments: Any) -> bool:
    return _is_list(segments) and all(_is_span(one) for one in segments)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes) and len(value) > 0


def _is_span(value: Any) -> bool:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) != 2:
        return False
    return all(isinstance(one, Integral) and not isinstance(one, bool) for one in value)


def _short(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= 60 else told[:57] + "..."


def _find(text: str, segment: str, position: int) -> int | None:
    """Start of the segment at this position, or after white space; a segment may itself be white space."""
    while not text.startswith(segment, position):
        if not text[position : position + 1].isspace():
            return None
        position += 1
    return position
