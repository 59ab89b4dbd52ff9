"""Confidence intervals by resampling."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from yiju.metrics.shares import FEWEST_GROUPS, difference_interval, group_codes, share_interval

# Draws of one block: bounds the memory.
DRAWS = 4_000_000


def interval(
    values: Sequence[float] | np.ndarray,
    groups: Sequence[Hashable] | None = None,
    samples: int = 1000,
    seed: int = 111,
    level: float = 0.95,
    signed: bool = False,
) -> tuple[float, float, float]:
    """Mean of the values with its percentile bootstrap interval (Efron 1979): mean, low, high.

    Groups are drawn with replacement, as many as there are, each with all its values: items that repeat one pair of
    sentences are no independent evidence, so they belong to one group. Without groups every value is its own.
    values: [n], floats; groups: [n], e.g. (q, t). The same seed gives the same interval.

    Where resampling cannot tell how far the mean may be off, as there are fewer than five groups or every resample has
    the same mean, the 95 % interval is that of `yiju.metrics.shares`, for values within [0, 1], or [-1, 1] if `signed`.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"expected a list of values, got shape {values.shape}")
    codes = group_codes(len(values), groups)
    sums, counts = np.bincount(codes, weights=values), np.bincount(codes)
    if len(counts) >= FEWEST_GROUPS:
        means = _resampled_means(sums, counts, samples, np.random.default_rng(seed))
        low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
        # Means of equal values differ in their last bits.
        if high - low > 1e-12:
            return float(values.mean()), float(low), float(high)
    return (difference_interval if signed else share_interval)(values, codes.tolist())


def _resampled_means(sums: np.ndarray, counts: np.ndarray, samples: int, generator: np.random.Generator) -> np.ndarray:
    means = np.empty(samples)
    rows = max(1, DRAWS // len(sums))
    for start in range(0, samples, rows):
        drawn = generator.integers(0, len(sums), size=(min(rows, samples - start), len(sums)))
        means[start : start + rows] = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return means
