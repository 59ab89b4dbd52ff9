"""Graded labels: brought to 0 to 1, and how well numbers of a model follow their order."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from yiju.base.errors import YijuError


def scaled(labels: np.ndarray, highest: float) -> np.ndarray:
    """Grades from 0 to `highest` as targets from 0 to 1, float64. Raises YijuError for one that lies outside."""
    grades = np.asarray(labels, dtype=np.float64)
    outside = ~((grades >= 0) & (grades <= highest))
    if outside.any():
        row = int(outside.argmax())
        raise YijuError(f"label {grades[row]:g} of row {row} is not between 0 and {highest:g}; name the highest grade")
    return grades / highest


def selection_figure(labels: np.ndarray) -> str:
    """By what the best weights are chosen: `accuracy`, or `spearman` where labels are graded."""
    return "accuracy" if np.array_equal(labels, labels.astype(np.int64)) else "spearman"


def rank_correlation(numbers: np.ndarray, labels: np.ndarray) -> float:
    """Spearman's correlation, ties by their mean rank; 0 where either is constant."""
    first, second = (rankdata(values) - (len(values) + 1) / 2 for values in (numbers, labels))
    norm = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / norm) if norm else 0.0
