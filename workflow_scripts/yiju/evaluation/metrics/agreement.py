"""Agreement of explanations: whether two methods, two folds, or two models agree on a pair.

Everything is by pair, so that intervals can be drawn. The randomisation check (Adebayo 2018) is the absolute
`rank_correlation` of a method's scores with those that it gives for a model of random weights: it should fall to what
random scores have (`chance_correlation`), which is far above 0 for short pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

from yiju.explain.rationales.layout import Layout

# Random scores of a pair that are held against those of a method.
DRAWS = 20


def rank_correlation(layout: Layout, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Spearman's correlation of two scores over the segments of a pair that have one, float64 [pairs].

    Not a number with fewer than two segments. Where either ranks nothing, all scores equal, they have no ranking in
    common: 0; where both do, they say the same: 1. first, second: [segments].
    """
    left, right = _centred_ranks(layout, first), _centred_ranks(layout, second)
    both, own, other = (_sums(layout, product) for product in (left * right, left**2, right**2))
    found = np.where((own == 0) & (other == 0), 1.0, 0.0)
    np.divide(both, np.sqrt(own * other), out=found, where=(own > 0) & (other > 0))
    return np.where(_sums(layout, (~np.isnan(first)).astype(np.float64)) > 1, found, np.nan)


def chance_correlation(layout: Layout, scores: np.ndarray, seed: int) -> np.ndarray:
    """Mean absolute rank correlation of scores with random ones, over 20 draws: float64 [pairs]. scores: [segments]."""
    generator = np.random.default_rng(seed)
    drawn = (np.where(np.isnan(scores), np.nan, generator.random(len(scores))) for _ in range(DRAWS))
    return np.mean([np.abs(rank_correlation(layout, scores, one)) for one in drawn], axis=0)


def overlap(layout: Layout, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Jaccard index of two selections over all segments of a pair, float64 [pairs]; two empty ones are the same: 1.

    first, second: bool [segments].
    """
    both, either = _sums(layout, first & second), _sums(layout, first | second)
    return np.divide(both, either, out=np.ones(len(layout)), where=either > 0)


def mean_over(values: Sequence[np.ndarray]) -> np.ndarray:
    """Mean by pair over those in which it is defined, float64 [pairs]; not a number where it is in none."""
    stacked = np.stack(values)
    counts = (~np.isnan(stacked)).sum(axis=0)
    return np.divide(np.nansum(stacked, axis=0), counts, out=np.full(len(counts), np.nan), where=counts > 0)


def _centred_ranks(layout: Layout, scores: np.ndarray) -> np.ndarray:
    """Rank of every segment within its pair, ties at their mean rank, less the pair's mean rank; 0 without a score."""
    ranks, known = np.zeros(len(scores)), ~np.isnan(scores)
    for start, stop in zip(layout.starts[:-1], layout.starts[1:], strict=True):
        own = scores[start:stop][known[start:stop]]
        ranks[start:stop][known[start:stop]] = rankdata(own) - (len(own) + 1) / 2
    return ranks


def _sums(layout: Layout, values: np.ndarray) -> np.ndarray:
    return np.bincount(layout.owners, weights=values, minlength=len(layout))
