"""Seeded draws from every split of the merged pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables


@dataclass(frozen=True)
class Drawn:
    """Rows drawn from one split, in their order, and the `total` that they were drawn from."""

    corpus: str
    split: str
    total: int
    rows: pl.DataFrame


def draw_splits(
    pairs: str | Path, columns: Sequence[str], count: int, seed: int, labelled: bool = False
) -> list[Drawn]:
    """Draw without replacement at most `count` rows of every split of the MERGED pairs, in order of appearance.

    labelled: only of the labelled rows; splits without any are left out. Memory: row numbers and what is drawn.
    """
    numbered = tables.read(pairs, tables.MERGED, ["corpus", "split", "label"]).with_row_index("row")
    wanted = pl.col("label").is_not_null() if labelled else pl.lit(True)
    splits = numbered.filter(wanted).group_by("corpus", "split", maintain_order=True).agg("row")
    chosen = [_draw(rows.to_numpy(), count, seed) for rows in splits["row"]]
    numbers = np.sort(np.concatenate([np.empty(0, dtype=np.uint32), *chosen]))
    table = _gather(pairs, columns, numbers)
    return [
        Drawn(corpus, split, len(rows), table[np.searchsorted(numbers, own)])
        for (corpus, split, rows), own in zip(splits.iter_rows(), chosen, strict=True)
    ]


def _draw(rows: np.ndarray, count: int, seed: int) -> np.ndarray:
    if len(rows) <= count:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, count, replace=False))


def _gather(pairs: str | Path, columns: Sequence[str], numbers: np.ndarray) -> pl.DataFrame:
    """The rows of the given numbers, which ascend."""
    first, found = 0, [tables.empty(tables.MERGED, columns)]
    for part in tables.parts(pairs, tables.MERGED, columns):
        begin, end = np.searchsorted(numbers, [first, first + part.height])
        found.append(part[numbers[begin:end] - first])
        first += part.height
    return pl.concat(found, rechunk=True)
