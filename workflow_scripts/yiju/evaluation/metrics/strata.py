"""Parts of a set in which a model may behave differently: how far sentences overlap, what is a form of what."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import polars as pl

# Bins of overlap, in per cent: 0 to 20, and so on; the last one holds its end.
BIN = 20


def bigram_jaccard(q: Sequence[str], t: Sequence[str]) -> np.ndarray:
    """Jaccard index of both sentences' sets of character bigrams, [n] float64.

    The bigram of a sentence of one character is that character; two empty sentences are the same: 1.
    """
    pairs = zip(map(_bigrams, q), map(_bigrams, t), strict=True)
    return np.array([len(a & b) / len(a | b) if a | b else 1.0 for a, b in pairs], dtype=np.float64)


def overlap_bins(overlap: np.ndarray) -> np.ndarray:
    """The bin of each value, by its lower end in per cent, [n] int64. overlap: 0 to 1."""
    # In exact steps: 0.6 is a little less than three fifths.
    return np.minimum(np.floor(np.round(overlap * 100 / BIN, 9)).astype(np.int64), 100 // BIN - 1) * BIN


def disturbed_rows(items: pl.DataFrame) -> np.ndarray:
    """Rows of (original, disturbed form), as the originals of an ITEMS table name them. Returns [pairs, 2] int64."""
    rows = items.select("item", "kind", "related").with_row_index("row").cast({"row": pl.Int64})
    originals = rows.filter(pl.col("kind") == "ori").explode("related", empty_as_null=False, keep_nulls=False)
    forms = rows.select("item", pl.col("row").alias("form"))
    both = originals.join(forms, left_on="related", right_on="item", maintain_order="left")
    return both.select("row", "form").to_numpy()


def _bigrams(text: str) -> set[tuple[str, ...]]:
    return set(pairwise(text)) or {tuple(text)} - {()}
