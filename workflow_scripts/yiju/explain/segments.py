"""Segments of the two sentences: where they lie, and which tokens touch them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from yiju.data.segmentation import Span, segment_spans
from yiju.data.units import visible_spans

if TYPE_CHECKING:
    import polars as pl

# Where the segments of q and of t lie.
Segments = tuple[Sequence[Span], Sequence[Span]]


def segments_of(item: dict, side: str) -> list[Span]:
    """Where the segments of one side of an ITEMS row lie: those given, or visible characters where none are."""
    text, given = item[side], item[f"{side}_segments"]
    return visible_spans(text) if given is None else segment_spans(text, given)


def shares(tokens: Sequence[Span], segments: Sequence[Span]) -> np.ndarray:
    """The share of each token's score that each segment gets: float64 [tokens, segments].

    A token that touches several segments shares its score equally among them, however much of each it covers (the rule
    of the published system, 2022 兴智杯, third place). One that touches none, such as white space, gives its score to
    nobody. tokens, segments: (start, end) in characters of one text.
    """
    own, wanted = (np.asarray(spans, dtype=np.int64).reshape(-1, 2) for spans in (tokens, segments))
    overlap = np.minimum(own[:, None, 1], wanted[None, :, 1]) > np.maximum(own[:, None, 0], wanted[None, :, 0])
    return overlap / np.maximum(overlap.sum(axis=1, keepdims=True), 1)


def segments_in(items: pl.DataFrame) -> list[Segments]:
    """Where the segments of an ITEMS table's pairs lie: those given, or visible characters where none are."""
    return [(segments_of(item, "q"), segments_of(item, "t")) for item in items.iter_rows(named=True)]
