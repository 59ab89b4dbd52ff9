"""The explanations of a study in memory: scores and rationales of the same items, by method and member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from yiju.metrics.agreement import overlap, rank_correlation
from yiju.rationale.faithful import read_segments
from yiju.rationale.layout import Layout, choose

# A method and a member, by place.
Place = tuple[int, int]


@dataclass(frozen=True)
class Explanations:
    """scores: float64 [methods, members, segments]; chosen: bool of that shape; randomised: [methods, segments]."""

    layout: Layout
    scores: np.ndarray
    chosen: np.ndarray
    randomised: np.ndarray

    @property
    def members(self) -> int:
        return self.scores.shape[1]

    def spearman(self, first: Place, second: Place) -> np.ndarray:
        """Rank correlation of the scores by item, float64 [items]."""
        return rank_correlation(self.layout, self.scores[first], self.scores[second])

    def jaccard(self, first: Place, second: Place) -> np.ndarray:
        """Overlap of the rationales by item, float64 [items]."""
        return overlap(self.layout, self.chosen[first], self.chosen[second])

    def randomisation(self, method: int) -> np.ndarray:
        """Rank correlation of the first member's scores before and after randomising its weights, float64 [items]."""
        return rank_correlation(self.layout, self.scores[method, 0], self.randomised[method])

    def turned(self) -> Explanations:
        """By member and method."""
        return replace(self, scores=self.scores.swapaxes(0, 1), chosen=self.chosen.swapaxes(0, 1))


def read_explanations(
    layout: Layout, attributions: Sequence[str], randomised: Sequence[str], settings: dict
) -> Explanations:
    """Read ATTRIBUTIONS of one ITEMS table, by method and member, and `randomised` by method.

    settings: methods, members, select.
    """
    scores, other = (np.stack([_scores(path) for path in paths]) for paths in (attributions, randomised))
    chosen = np.stack([choose(layout, one, settings["select"]) for one in scores])
    shape = (len(settings["methods"]), len(settings["members"]), scores.shape[1])
    return Explanations(layout, scores.reshape(shape), chosen.reshape(shape), other)


def mean_over(values: Sequence[np.ndarray]) -> np.ndarray:
    """Mean by item over those in which it is defined, float64 [items]; not a number where it is in none."""
    stacked = np.stack(values)
    counts = (~np.isnan(stacked)).sum(axis=0)
    return np.divide(np.nansum(stacked, axis=0), counts, out=np.full(len(counts), np.nan), where=counts > 0)


def _scores(path: str) -> np.ndarray:
    return read_segments(path)["score"].to_numpy()
