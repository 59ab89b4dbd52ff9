"""What confidence is worth: the accuracy that is left where a model may abstain, least confident first.

confidence: [n] float64, the higher the surer; right: [n], whether each judgement is. The order of equal confidences is
nobody's choice, so each of them counts as their mean.
"""

from __future__ import annotations

import math

import numpy as np


def accuracy_curve(confidence: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Accuracy of the k most confident judgements, k = 1..n. Returns [n] float64 (El-Yaniv 2010)."""
    _, place, counts = np.unique(-confidence, return_inverse=True, return_counts=True)
    means = np.bincount(place, weights=right) / counts
    expected = means[np.sort(place)]
    return np.cumsum(expected) / np.arange(1, len(expected) + 1)


def aurc(confidence: np.ndarray, right: np.ndarray) -> float:
    """Area under the risk-coverage curve (Geifman 2019): the mean of 1 - accuracy over all shares kept.

    The lower the better; a confidence that says nothing has the error rate of the whole set.
    """
    return float(1 - accuracy_curve(confidence, right).mean())


def accuracy_at(curve: np.ndarray, percent: int) -> float:
    """Accuracy where this many per cent of the judgements are kept, rounded up to whole ones."""
    return float(curve[kept_items(len(curve), percent) - 1])


def kept_items(items: int, percent: int) -> int:
    """How many judgements so many per cent are, rounded up, and one at least."""
    return max(1, math.ceil(items * percent / 100))
