"""Two judges of the same pairs: whether one of them is right more often than the other beyond chance."""

from __future__ import annotations

import numpy as np
from scipy.stats import binomtest


def discordant(hits: np.ndarray, others: np.ndarray) -> tuple[int, int]:
    """How many pairs only the first judge has right, and only the second: bool [n] each."""
    return int((hits & ~others).sum()), int((others & ~hits).sum())


def mcnemar(hits: np.ndarray, others: np.ndarray) -> float:
    """p-value of McNemar's exact test (McNemar 1947): both judges are right equally often. hits, others: bool [n]."""
    only, other = discordant(hits, others)
    return float(binomtest(only, only + other).pvalue) if only + other else 1.0
