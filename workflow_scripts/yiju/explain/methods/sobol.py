"""Total Sobol indices: how much of what removals change hangs on a segment, alone or with others; no direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yiju.base.types import Removal
from yiju.config.method import Method, Samples
from yiju.config.section import Section

if TYPE_CHECKING:
    from yiju.explain.ensemble import Ensemble, SegmentScores


class Options(Section):
    samples: Samples = 32
    removal: Removal = "delete"


METHOD = Method(
    title="Sobol indices",
    summary="how much of what random removals change hangs on a character; without direction",
    chinese=("Sobol 指数", "随机去掉字时，变化有多少取决于这个字；没有方向"),
    source="Fel 2021",
    options=Options,
    # Each point, and that point with the coordinate of each segment changed.
    passes=lambda options, length: options["samples"] * (1 + length),
    quick={"samples": 8},
    slow=True,
    signed=False,
    removes=True,
    draws=True,
)
# A variance below this share of the mean square is rounding.
ROUNDING = 1e-12


def attribute(ensemble: Ensemble, labels: np.ndarray, options: dict) -> SegmentScores:
    """Score segments by their total Sobol indices in log p(label) under random removal (Fel 2021).

    options: samples, removal. Every segment is left with probability 1/2, apart from all others; a total index is the
    share of the variance of log p(label) that would be left, on average, if all other segments were known. Estimated
    after Jansen 1999 on a scrambled Sobol' sequence: `samples` points A, and for each segment the same points with that
    coordinate of as many points B. 0 for all segments where nothing changes log p(label). What differs from the paper:
    segments are taken away or stay, where parts of a picture are darkened by a factor from 0 to 1; equal removals are
    judged once. `error` is that of as many independent draws, which the sequence undercuts.
    """
    from yiju.explain.ensemble import SegmentScores

    found = SegmentScores.blank(ensemble, error=True)

    def coalitions(row: int) -> np.ndarray:
        return design(len(ensemble.players[row]), options["samples"], ensemble.generator(row))

    for row, _, worth in ensemble.play(coalitions, labels, options["removal"]):
        players = ensemble.players[row]
        for voice, own in enumerate(worth):
            indices, error = total_indices(own.reshape(len(players) + 1, -1))
            found.enter(ensemble, row, voice, players, indices, error)
    return found


def design(count: int, samples: int, generator: np.random.Generator) -> np.ndarray:
    """Points A, then for each player those with its coordinate from B: bool [(1 + count) * samples, count], left."""
    from scipy.stats import qmc

    if not count:
        return np.ones((samples, 0), dtype=bool)
    # Whole powers of two keep the sequence balanced; what is more than asked is not used.
    points = qmc.Sobol(2 * count, rng=generator).random_base2(int(np.ceil(np.log2(samples))))[:samples] >= 0.5
    first, second = points[:, :count], points[:, count:]
    other = np.eye(count, dtype=bool)[:, None]
    return np.concatenate([first, np.where(other, second, first).reshape(-1, count)])


def total_indices(worth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Total Sobol indices by Jansen's estimator, and their standard errors over independent draws, float64 [players].

    worth: float64 [1 + players, samples], at A and at A with each player's coordinate from B.
    """
    first, others = worth[0], worth[1:]
    spread, halves = (first - first.mean()) ** 2, (first - others) ** 2 / 2
    variance = spread.sum() / (len(first) - 1)
    if variance <= ROUNDING * (first**2).mean():
        return np.zeros(len(others)), np.zeros(len(others))
    indices = halves.mean(axis=1) / variance
    pulls = (halves - indices[:, None] * spread) / variance
    return indices, pulls.std(axis=1, ddof=1) / np.sqrt(len(first))
