"""The explanations of a study in memory: scores and rationales of the same items, by method and by who judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.evaluation.metrics.agreement import chance_correlation, overlap, rank_correlation
from yiju.explain.rationales.layout import Layout, choose
from yiju.models.randomisation_steps import STEPS

SEGMENT = ("item", "side", "index")
# A method and a voice, by place: 0 is that of all members together, the members' own follow where there are several.
Place = tuple[int, int]


@dataclass(frozen=True)
class Explanations:
    """scores: float64 [methods, voices, segments]; chosen: bool of that shape; randomised: by step of
    `yiju.models.randomisation_steps`, [methods, segments], not a number in the items that a step did not look at."""

    layout: Layout
    scores: np.ndarray
    chosen: np.ndarray
    randomised: Mapping[str, np.ndarray]

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

    def randomisation(self, method: int, step: str) -> np.ndarray:
        """Absolute rank correlation of the scores before and after a step of randomising weights, float64 [items]."""
        after = self.randomised[step][method]
        looked_at = np.bincount(self.layout.owners, ~np.isnan(after), len(self.layout)) > 0
        found = np.abs(rank_correlation(self.layout, self.scores[method, 0], after))
        return np.where(looked_at, found, np.nan)

    def chance(self, method: int, seed: int) -> np.ndarray:
        """Absolute rank correlation of the scores with random ones, float64 [items]."""
        return chance_correlation(self.layout, self.scores[method, 0], seed)


def read_explanations(
    layout: Layout, attributions: Sequence[str], members: Sequence[str], randomised: Sequence[str], settings: dict
) -> Explanations:
    """Read ATTRIBUTIONS of one ITEMS table, `attributions` by method, `members` by method and member; `randomised`:
    RANDOMISED by method.

    settings: methods, select; members: none where there is one member.
    """
    methods = len(settings["methods"])
    own = len(members) // methods
    paths = [[path, *members[place * own :][:own]] for place, path in enumerate(attributions)]
    scores = np.stack([[_scores(path) for path in each] for each in paths])
    chosen = np.stack([[choose(layout, one, settings["select"]) for one in each] for each in scores])
    after = [_by_step(*both) for both in zip(attributions, randomised, strict=True)]
    steps = [step for step in STEPS if all(step in one for one in after)]
    return Explanations(layout, scores, chosen, {step: np.stack([one[step] for one in after]) for step in steps})


def _by_step(attributions: str, randomised: str) -> dict[str, np.ndarray]:
    """Scores by step, float64 [segments] each, in the order of `attributions`."""
    segments = tables.read(attributions, tables.ATTRIBUTIONS).select(SEGMENT)
    found = tables.read(randomised, tables.RANDOMISED).partition_by("step", as_dict=True, include_key=False)
    return {step: _aligned(segments, own) for (step,), own in found.items()}


def _aligned(segments: pl.DataFrame, own: pl.DataFrame) -> np.ndarray:
    return segments.join(own, on=SEGMENT, how="left", maintain_order="left")["score"].to_numpy()


def _scores(path: str) -> np.ndarray:
    return tables.read(path, tables.ATTRIBUTIONS)["score"].to_numpy()
