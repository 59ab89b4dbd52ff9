"""Correlation of numbers with grades, as scipy defines it, of many weightings of the rows at once."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from yiju.evaluation.metrics.bootstrap import Statistic


def pearson(numbers: np.ndarray, grades: np.ndarray) -> Statistic:
    """Pearson's correlation of two float64 [n]; not a number where either is constant."""
    x, y = numbers - numbers.mean(), grades - grades.mean()
    products = np.stack([x, y, x * x, y * y, x * y], axis=1)

    def statistic(weights: np.ndarray) -> np.ndarray:
        means = (weights @ products) / weights.sum(axis=1, keepdims=True)
        first, second, own, other, both = means.T
        spread = np.sqrt(np.maximum(own - first**2, 0) * np.maximum(other - second**2, 0))
        covariance = both - first * second
        return np.divide(covariance, spread, out=np.full(len(weights), np.nan), where=spread > 0)

    return statistic


def spearman(numbers: np.ndarray, grades: np.ndarray) -> Statistic:
    """Spearman's correlation, ties by their mean rank. Resamples keep the ranks of all rows."""
    return pearson(rankdata(numbers), rankdata(grades))
