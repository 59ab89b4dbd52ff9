"""Statistics of judgements beside accuracy, as scikit-learn defines them, of many weightings of the rows at once.

labels: [n], 0 or 1; what is given here is a `yiju.metrics.bootstrap.Statistic`: a function of weights, float64
[resamples, n], as `sample_weight` of scikit-learn. Of a single label nothing is defined: NaN.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from yiju.metrics.bootstrap import Statistic
from yiju.metrics.shares import share_interval


def matthews(said: np.ndarray, labels: np.ndarray) -> Statistic:
    """Matthews correlation coefficient (phi) of decisions and labels, 0 where all decisions are one."""
    cells = np.stack([(labels == gold) & (said == given) for gold in (0, 1) for given in (0, 1)], axis=1)
    cells = cells.astype(np.float64)

    def statistic(weights: np.ndarray) -> np.ndarray:
        neither, false, missed, both = (weights @ cells).T
        negative, positive = neither + false, missed + both
        product = negative * positive * (neither + missed) * (false + both)
        found = _ratio(both * neither - false * missed, np.sqrt(product), 0.0)
        return np.where((negative > 0) & (positive > 0), found, np.nan)

    return statistic


def roc_auc(score: np.ndarray, labels: np.ndarray) -> Statistic:
    """Area under the ROC curve: how often a pair of label 1 has the higher score than one of label 0, ties half."""

    def statistic(weights: np.ndarray) -> np.ndarray:
        positive, negative = _by_score(score, labels, weights)
        below = np.cumsum(negative, axis=1) - negative / 2
        return _ratio((positive * below).sum(axis=1), positive.sum(axis=1) * negative.sum(axis=1), np.nan)

    return statistic


def average_precision(score: np.ndarray, labels: np.ndarray) -> Statistic:
    """Mean precision over the steps of recall, from the highest score on, without interpolation."""

    def statistic(weights: np.ndarray) -> np.ndarray:
        positive, negative = _by_score(-score, labels, weights)
        found = np.cumsum(positive, axis=1)
        precision = _ratio(found, found + np.cumsum(negative, axis=1), 0.0)
        mean = _ratio((positive * precision).sum(axis=1), found[:, -1], np.nan)
        return np.where(negative.sum(axis=1) > 0, mean, np.nan)

    return statistic


def f1_interval(said: np.ndarray, labels: np.ndarray, groups: Sequence[Hashable]) -> tuple[float, float, float] | None:
    """F1 of label 1 with its 95 % interval, None of a single label.

    F1 is 2 J / (1 + J), where J is a share: of the rows that the label or the decision calls 1, those that both do. So
    it has the interval of a share (Wilson's, by group), which holds for few rows and for F1 = 1 too.
    """
    if len(np.unique(labels)) < 2:
        return None
    called = (labels == 1) | (said == 1)
    both = ((labels == 1) & (said == 1))[called].astype(np.float64)
    mine = [group for group, one in zip(groups, called, strict=True) if one]
    value, low, high = (2 * share / (1 + share) for share in share_interval(both, mine))
    return value, low, high


def _by_score(score: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of label 1 and of label 0 at every distinct score, ascending: [resamples, scores] each."""
    order = np.argsort(score, kind="stable")
    starts = np.unique(np.searchsorted(score[order], score))
    positive = labels[order] == 1
    ranked = weights[:, order]
    both = (np.where(mine, ranked, 0.0) for mine in (positive, ~positive))
    first, second = (np.add.reduceat(one, starts, axis=1) for one in both)
    return first, second


def _ratio(part: np.ndarray, whole: np.ndarray, otherwise: float) -> np.ndarray:
    return np.divide(part, whole, out=np.full(part.shape, otherwise), where=whole > 0)
