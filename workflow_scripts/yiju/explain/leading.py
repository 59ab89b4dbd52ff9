"""Which segments rank first, and whether sampled scores tell them from the others."""

from __future__ import annotations

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
