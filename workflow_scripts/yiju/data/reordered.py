"""Pairs whose two sentences hold the same characters in another order: to a count of characters they are equal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    import polars as pl

# Characters that normalising leaves as they are.
CHINESE = re.compile("[\u4e00-\u9fa5]")


def reordered(q: pl.Series, t: pl.Series) -> pl.Series:
    """Which pairs are of that kind, but for width, case, white space and punctuation. q, t: String [n]; Boolean [n]."""
    import polars as pl

    from yiju.data.sentence_keys import normalised

    sides = zip(normalised(q), normalised(t), strict=True)
    return pl.Series([one != other and sorted(one) == sorted(other) for one, other in sides], dtype=pl.Boolean)


def is_reordered(q: str, t: str) -> bool:
    """Whether one pair is of that kind."""
    # So it is with most pairs: whoever judges one of them need not load polars.
    if _chinese(q) != _chinese(t):
        return False
    import polars as pl

    return bool(reordered(pl.Series([q]), pl.Series([t])).item())


def _chinese(text: str) -> list[str]:
    """The Chinese characters of a text that normalising keeps or makes, sorted."""
    return sorted(CHINESE.findall(normalize("NFKC", text)))
