"""Scores of segments as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.explain.segments import Segments


def segment_table(
    items: pl.DataFrame,
    segments: Sequence[Segments],
    values: np.ndarray,
    error: np.ndarray | None = None,
    ranks: np.ndarray | None = None,
) -> pl.DataFrame:
    """Scores of the segments of an ITEMS table's pairs as an ATTRIBUTIONS table.

    values, error: float64 [segments], flat, q's before t's; not a number, null in the table, where a segment was cut
    off because the pair is longer than the model reads; ranks: int [segments], 0 outside the rationale.
    """
    columns: dict[str, Any] = {name: [] for name in tables.ATTRIBUTIONS.names}
    for item, spans in zip(items.iter_rows(named=True), segments, strict=True):
        for side, own in zip("qt", spans, strict=True):
            columns["item"] += [item["item"]] * len(own)
            columns["side"] += [side] * len(own)
            columns["index"] += range(len(own))
            columns["start"] += [start for start, _ in own]
            columns["end"] += [end for _, end in own]
            columns["text"] += [item[side][start:end] for start, end in own]
    nothing = np.zeros(len(values))
    columns |= {"score": values, "error": nothing if error is None else error}
    columns["rank"] = nothing.astype(np.int32) if ranks is None else ranks
    known = pl.col("score", "error").fill_nan(None), pl.col("rank").replace(0, None)
    return pl.DataFrame(columns, schema=pl.Schema(tables.ATTRIBUTIONS)).with_columns(*known)
