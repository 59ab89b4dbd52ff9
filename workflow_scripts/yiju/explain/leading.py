"""Which segments rank first, and whether sampled scores tell them from the others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

# Of sampled scores, how many of the first ranks have to hold before no more is drawn, and how many standard errors
# apart two scores are told from each other.
LEADING, APART = 3, 1.96


def leading(values: np.ndarray) -> set[int]:
    """The places of the segments that rank first. values: [segments] of a pair, not a number where nothing was read."""
    ranked = np.argsort(-values, kind="stable")
    return set(ranked[: min(LEADING, int((~np.isnan(values)).sum()))].tolist())


def leading_distinct(values: np.ndarray, error: np.ndarray) -> bool:
    """Whether the segments that rank first are told from those that follow. values, error: [segments] of a pair."""
    known = ~np.isnan(values)
    values, error = values[known], error[known]
    if len(values) <= LEADING:
        return True
    last, next_ = np.argsort(-values, kind="stable")[[LEADING - 1, LEADING]]
    return bool(values[last] - values[next_] >= APART * np.hypot(error[last], error[next_]))


def shared_ranks(values: np.ndarray, error: np.ndarray, ranking: Sequence[int]) -> dict[int, int]:
    """The rank, from 1, that neighbours of a ranking share which samples do not tell from each other, by segment.

    values, error: [segments]; ranking: segments, most important first. Segments that share no rank are left out.
    """
    found: dict[int, int] = {}
    for place, (one, next_) in enumerate(pairwise(ranking), 1):
        if abs(values[one] - values[next_]) < APART * np.hypot(error[one], error[next_]):
            found[next_] = found.setdefault(one, place)
    return found
