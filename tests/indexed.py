"""Model folders with an index of training pairs, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from yiju.base import tables
from yiju.explain.evidence.build_index import build_index
from yiju.models.opening import open_scorer

BUDGET = 256


def learnt(rows: Sequence[tuple[str, str, int]]) -> pl.DataFrame:
    """LEARNT of pairs with labels, as lines of a file."""
    numbers = list(range(len(rows)))
    columns = {
        "pair": numbers,
        "operation": ["original"] * len(rows),
        "corpus": ["LCQMC"] * len(rows),
        "file": ["train.tsv"] * len(rows),
        "line": [number + 1 for number in numbers],
        **{name: [row[place] for row in rows] for place, name in enumerate(("q", "t", "label"))},
    }
    return pl.DataFrame(columns, schema=pl.Schema(tables.LEARNT))


def indexed(folder: Path, rows: Sequence[tuple[str, str, int]], checkpoints: Sequence[Path] = ()) -> Path:
    """Write the index of a model folder, and return the folder."""
    build_index(folder, open_scorer, learnt(rows), BUDGET, checkpoints)
    return folder
