"""Segments of many items as flat arrays: one value for each segment, an item's q before its t."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from yiju.explain.rationales.fusion import Choice
from yiju.explain.rationales.selection import select


@dataclass(frozen=True)
class Layout:
    """How flat arrays of segments fall into items and sides. counts: int64 [items, 2], segments of q and of t."""

    counts: np.ndarray

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def starts(self) -> np.ndarray:
        """Where each item begins, and the end: int64 [items + 1]."""
        return np.concatenate([[0], np.cumsum(self.counts.sum(axis=1))])

    @property
    def owners(self) -> np.ndarray:
        """The item of every segment, int64 [segments]."""
        return np.repeat(np.arange(len(self)), self.counts.sum(axis=1))

    @property
    def sides(self) -> np.ndarray:
        """The side of every segment, counted over all items: 2 * item for q, 2 * item + 1 for t; int64 [segments]."""
        return np.repeat(np.arange(2 * len(self)), self.counts.ravel())

    def split(self, values: np.ndarray) -> list[np.ndarray]:
        """Values of each side, in the order of `sides`."""
        return np.split(values, np.cumsum(self.counts.ravel())[:-1])

    def places(self, scores: np.ndarray) -> np.ndarray:
        """Place of every segment in the ranking of its side, 0 the best; equal scores in order of position."""
        begins = np.concatenate([[0], np.cumsum(self.counts.ravel())])
        found = np.empty(len(scores), dtype=np.int64)
        found[np.lexsort((-scores, self.sides))] = np.arange(len(scores))
        return found - begins[self.sides]


def layout_of(items: pl.DataFrame) -> Layout:
    """The layout of an ITEMS table that holds segments."""
    return Layout(np.stack([items[f"{side}_segments"].list.len().to_numpy() for side in "qt"], axis=1).astype(np.int64))


def choose(layout: Layout, scores: np.ndarray, settings: dict, ranks: np.ndarray | None = None) -> np.ndarray:
    """Which segments are the rationale by these scores, bool [segments]; settings: see `select`.

    ranks: where `settings` says by sufficient, those that were found, int [segments], 0 outside the rationale.
    """
    if settings["by"] == "sufficient":
        assert ranks is not None, "what a selection by sufficient has found"
        return ranks > 0
    chosen = np.zeros(len(scores), dtype=bool)
    for own, side in zip(layout.split(chosen), layout.split(scores), strict=True):
        # The parts share memory with the whole.
        own[select(side, **settings)] = True
    return chosen


def to_choices(
    layout: Layout, scores: np.ndarray, chosen: np.ndarray, items: Sequence[str], labels: Sequence[int]
) -> dict[str, Choice]:
    """The chosen segments of every item, most important first, with its label."""
    ranked = [
        tuple(place for place in np.argsort(-side, kind="stable").tolist() if own[place])
        for side, own in zip(layout.split(scores), layout.split(chosen), strict=True)
    ]
    sides = zip(ranked[::2], ranked[1::2], strict=True)
    return {item: Choice(label, *both) for item, label, both in zip(items, labels, sides, strict=True)}
