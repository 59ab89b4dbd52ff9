"""Pairs whose two sentences hold the same characters in another order: to a count of characters they are equal."""

from __future__ import annotations

import polars as pl

from yiju.data.sentence_keys import normalised


def reordered(q: pl.Series, t: pl.Series) -> pl.Series:
    """Which pairs are of that kind, but for width, case, white space and punctuation. q, t: String [n]; Boolean [n]."""
    sides = zip(normalised(q), normalised(t), strict=True)
    return pl.Series([one != other and sorted(one) == sorted(other) for one, other in sides], dtype=pl.Boolean)


def is_reordered(q: str, t: str) -> bool:
    """Whether one pair is of that kind."""
    return bool(reordered(pl.Series([q]), pl.Series([t])).item())
