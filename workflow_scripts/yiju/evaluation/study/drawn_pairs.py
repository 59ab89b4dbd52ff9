"""The drawn pairs before all members, to be explained again under other circumstances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.explain.attribute_set import ensemble_of, read_items, subject_of
from yiju.explain.attribution import score_pairs
from yiju.explain.ensemble import Ensemble
from yiju.explain.segment_table import segment_table
from yiju.explain.segments import Segments
from yiju.models.scores import explained_labels


@dataclass(frozen=True)
class Drawn:
    """items: ITEMS; labels: int [items], explained; segments: of each item."""

    items: pl.DataFrame
    labels: np.ndarray
    ensemble: Ensemble
    segments: Sequence[Segments]

    @classmethod
    def of(
        cls, items: pl.DataFrame, labels: np.ndarray, models: Sequence[str], settings: dict, device: str, budget: int
    ) -> Drawn:
        """Bring items before members. settings: max_length, average_orders, seed; budget: padded tokens of one pass."""
        subjects = [subject_of(model, device, budget, settings["seed"]) for model in models]
        orders = read_items(subjects[0].scorer, items, settings)
        return cls(items, labels, ensemble_of(subjects, orders), orders[0].segments)

    @classmethod
    def read(cls, items: str, scores: str, models: Sequence[str], settings: dict, device: str, budget: int) -> Drawn:
        """Those of an ITEMS table and its SCORES. settings: target and those of `of`."""
        labels = explained_labels(tables.read(scores, tables.SCORES), settings["target"])
        return cls.of(tables.read(items, tables.ITEMS), labels, models, settings, device, budget)

    def attributed(self, method: dict, work: Path, rows: np.ndarray | None = None) -> pl.DataFrame:
        """ATTRIBUTIONS by a method with its options, of some rows or of all. Raises Unsupported; see `score_pairs`."""
        rows = np.arange(len(self.items)) if rows is None else rows
        found = score_pairs(self.ensemble.select(rows), self.labels[rows], method, work)
        return segment_table(
            self.items[rows], [self.segments[row] for row in rows.tolist()], found.values[0], found.error
        )
