"""Statistics of judgements beside accuracy, as scikit-learn defines them, of many weightings of the rows at once.

labels: [n], 0 or 1; what is given here is a `yiju.evaluation.metrics.bootstrap.Statistic`: a function of
weights, float64 [resamples, n], as `sample_weight` of scikit-learn. Of a single label nothing is defined: NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from yiju.base.share_intervals import share_interval
from yiju.evaluation.metrics.bootstrap import Statistic


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
    positive, negative = (_ranked(score, labels == label) for label in (1, 0))
    # How many of label 0 lie below each one of label 1, and how many below or level with it.
    ends = [np.searchsorted(score[negative], score[positive], side=side) for side in ("left", "right")]

    def statistic(weights: np.ndarray) -> np.ndarray:
        own, others = np.take(weights, positive, axis=1), _summed(weights, negative)
        below = sum(np.take(others, end, axis=1) for end in ends) / 2
        return _ratio((own * below).sum(axis=1), own.sum(axis=1) * others[:, -1], np.nan)

    return statistic


def average_precision(score: np.ndarray, labels: np.ndarray) -> Statistic:
    """Mean precision over the steps of recall, from the highest score on, without interpolation."""
    positive, negative = (_ranked(-score, labels == label) for label in (1, 0))
    # How many of either label have at least the score of each one of label 1.
    first, second = (np.searchsorted(-score[rows], -score[positive], side="right") for rows in (positive, negative))

    def statistic(weights: np.ndarray) -> np.ndarray:
        own, same, others = np.take(weights, positive, axis=1), _summed(weights, positive), _summed(weights, negative)
        found, false = np.take(same, first, axis=1), np.take(others, second, axis=1)
        mean = _ratio((own * _ratio(found, found + false, 0.0)).sum(axis=1), same[:, -1], np.nan)
        return np.where(others[:, -1] > 0, mean, np.nan)

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


def macro_f1(said: np.ndarray, labels: np.ndarray, classes: int) -> Statistic:
    """The mean over the classes of the F1 of each; one that no label and no decision names is left out.

    said, labels: [n], numbers from 0 to `classes` - 1.
    """
    cells = [((said == one) & (labels == one), (said == one) * 1.0 + (labels == one)) for one in range(classes)]
    both, either = (np.stack(part, axis=1).astype(np.float64) for part in zip(*cells, strict=True))

    def statistic(weights: np.ndarray) -> np.ndarray:
        return np.nanmean(_ratio(2 * (weights @ both), weights @ either, np.nan), axis=1)

    return statistic


def _ranked(score: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The chosen rows by ascending score."""
    rows = np.flatnonzero(chosen)
    return rows[np.argsort(score[rows], kind="stable")]


def _summed(weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Weights of the first none, one, two ... of the rows together: [resamples, rows + 1]."""
    sums = np.zeros((len(weights), len(rows) + 1))
    np.cumsum(np.take(weights, rows, axis=1), axis=1, out=sums[:, 1:])
    return sums


def _ratio(part: np.ndarray, whole: np.ndarray, otherwise: float) -> np.ndarray:
    return np.divide(part, whole, out=np.full(part.shape, otherwise), where=whole > 0)


@dataclass(frozen=True)
class Figure:
    """A statistic beside accuracy, of the model and of the overlap baseline.

    title: what the report calls it; of: what it is computed from, `decisions` (0 or 1) or `probabilities` of "similar",
    [n]; statistic: a function of these and of the labels.
    """

    title: str
    of: Literal["decisions", "probabilities"]
    statistic: Callable[[np.ndarray, np.ndarray], Statistic]


# By their names in metrics.json; the higher, the better.
FIGURES = {
    "mcc": Figure("MCC", "decisions", matthews),
    "roc_auc": Figure("ROC AUC", "probabilities", roc_auc),
    "average_precision": Figure("average precision", "probabilities", average_precision),
}
