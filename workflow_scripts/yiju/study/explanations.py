"""The explanations of a study in memory: scores and rationales of the same items, by method and by who judges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from yiju import tables
from yiju.metrics.agreement import overlap, rank_correlation
from yiju.rationale.layout import Layout, choose

# A method and a voice, by place: 0 is that of all members together, the members' own follow where there are several.
Place = tuple[int, int]


@dataclass(frozen=True)
class Explanations:
    """scores: float64 [methods, voices, segments]; chosen: bool of that shape; randomised: [methods, segments]."""

    layout: Layout
    scores: np.ndarray
    chosen: np.ndarray
    randomised: np.ndarray

    @property
    def members(self) -> Explanations:
        """By member, not all together, in the place of methods, and by method in the place of voices."""
        scores, chosen = (one[:, 1:].swapaxes(0, 1) for one in (self.scores, self.chosen))
        return replace(self, scores=scores, chosen=chosen)

    @property
    def together(self) -> Explanations:
        """What explains the judgement of all members together, by method."""
        return replace(self, scores=self.scores[:, :1], chosen=self.chosen[:, :1])

    def spearman(self, first: Place, second: Place) -> np.ndarray:
        """Rank correlation of the scores by item, float64 [items]."""
        return rank_correlation(self.layout, self.scores[first], self.scores[second])

    def jaccard(self, first: Place, second: Place) -> np.ndarray:
        """Overlap of the rationales by item, float64 [items]."""
        return overlap(self.layout, self.chosen[first], self.chosen[second])

    def randomisation(self, method: int) -> np.ndarray:
        """Rank correlation of the scores before and after randomising all weights, float64 [items]."""
        return rank_correlation(self.layout, self.scores[method, 0], self.randomised[method])


def read_explanations(
    layout: Layout, attributions: Sequence[str], members: Sequence[str], randomised: Sequence[str], settings: dict
) -> Explanations:
    """Read ATTRIBUTIONS of one ITEMS table: `attributions` and `randomised` by method, `members` by method and member.

    settings: methods, select; members: none where there is one member.
    """
    methods = len(settings["methods"])
    own = len(members) // methods
    paths = [[path, *members[place * own :][:own]] for place, path in enumerate(attributions)]
    scores = np.stack([[_scores(path) for path in each] for each in paths])
    chosen = np.stack([[choose(layout, one, settings["select"]) for one in each] for each in scores])
    return Explanations(layout, scores, chosen, np.stack([_scores(path) for path in randomised]))


def _scores(path: str) -> np.ndarray:
    return tables.read(path, tables.ATTRIBUTIONS)["score"].to_numpy()
