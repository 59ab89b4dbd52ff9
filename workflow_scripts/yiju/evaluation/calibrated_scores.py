"""Scores calibrated on labelled pairs, with figures of pairs that nothing was fitted on.

scores: [n] float64; labels: [n], 0 or 1; pairs: [n] int, the number of each row's pair, the same where it is repeated.
"""

from __future__ import annotations

import math

import numpy as np

from yiju.base.errors import YijuError
from yiju.evaluation.metrics.bootstrap import Statistic
from yiju.evaluation.metrics.classification import roc_auc
from yiju.evaluation.with_intervals import Metrics, with_f1, with_interval, with_share, with_statistics
from yiju.models.calibration.apply import probability
from yiju.models.calibration.fit_scores import fit_scores
from yiju.models.calibration.guarantee import fewest_decided
from yiju.models.calibration.measure import calibrated_ece, ece, log_odds
from yiju.models.calibration.score_fit import CONFIDENCE, Aim, Scaling, ScoreFit

FOLDS = 5
# Pairs of either label: of the four fifths that a fit learns from ten are the usual least (Peduzzi 1996), and more.
FEWEST = 20
# Of the draw of the folds and of the resamples of intervals: the same for every run, so that figures compare.
SEED, RESAMPLES = 0, 1000


def calibrate_scores(
    scores: np.ndarray, labels: np.ndarray, pairs: np.ndarray, scaling: Scaling, aim: Aim, risk: float
) -> tuple[ScoreFit, Metrics]:
    """The fit on all pairs, and figures before and after.

    `before.*` takes scores as log-odds, and as probabilities where all lie within [0, 1]. `after.*` are cross-fitted:
    each fifth of the pairs is judged by a fit on the other four. Figures have 95 % intervals by pair; beside the
    calibration error (ece) stands what calibrated probabilities would show. Raises YijuError where the pairs are too
    few, and where no threshold has the precision that is asked for.
    """
    check_enough(labels, pairs)
    fitted = fit_scores(scores, labels, pairs, scaling, aim, risk)
    if math.isinf(fitted.threshold):
        raise _not_shown(float(aim), pairs)
    before = log_odds(scores) if scaling == "platt" and within_unit(scores) else scores
    odds, said, undecided = cross_fitted(scores, labels, pairs, scaling, aim, risk)
    metrics = _measured("before", before, before > 0, labels, pairs)
    metrics |= _measured("after", odds, said == 1, labels, pairs) | _left(undecided, said == labels, pairs)
    return fitted, metrics | _ranking(scores, labels, pairs)


def within_unit(scores: np.ndarray) -> bool:
    """Whether all scores may be probabilities."""
    return bool((scores >= 0).all() and (scores <= 1).all())


def check_enough(labels: np.ndarray, pairs: np.ndarray) -> None:
    """Raise YijuError where there are fewer than twenty distinct pairs of a label."""
    similar, other = (len(np.unique(pairs[labels == label])) for label in (1, 0))
    if min(similar, other) < FEWEST:
        raise YijuError(
            f"{similar} distinct pairs are similar and {other} are not; calibration needs at least {FEWEST} of each: "
            "label more pairs"
        )


def _not_shown(precision: float, pairs: np.ndarray) -> YijuError:
    least = fewest_decided(1 - precision, 1 - CONFIDENCE)
    return YijuError(
        f"no threshold is shown to have a precision of {precision:g} with {CONFIDENCE * 100:.0f} % confidence by these "
        f"{len(np.unique(pairs)):,} pairs; that takes {least:,} similar pairs above it without an exception, or more "
        "pairs with few exceptions; label more pairs, or ask for a lower precision"
    )


def cross_fitted(
    scores: np.ndarray, labels: np.ndarray, pairs: np.ndarray, scaling: Scaling, aim: Aim, risk: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-odds, label and whether it is left undecided of each row, [n] each, by a fit on the other folds."""
    folds = fold_of(labels, pairs)
    odds, said, undecided = np.empty(len(scores)), np.empty(len(scores), np.int8), np.empty(len(scores), bool)
    for fold in range(FOLDS):
        held, rest = folds == fold, folds != fold
        fitted = fit_scores(scores[rest], labels[rest], pairs[rest], scaling, aim, risk)
        odds[held], said[held] = fitted.log_odds(scores[held]), fitted.decide(scores[held])
        undecided[held] = fitted.undecided(scores[held], said[held])
    return odds, said, undecided


def fold_of(labels: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The fold of each row, 0 to 4, [n]: all rows of a pair in one, the pairs of either label spread evenly."""
    numbers, first, place = np.unique(pairs, return_index=True, return_inverse=True)
    shuffled = np.random.default_rng(SEED).permutation(len(numbers))
    by_label = shuffled[np.argsort(labels[first][shuffled], kind="stable")]
    folds = np.empty(len(numbers), dtype=np.int64)
    folds[by_label] = np.arange(len(numbers)) % FOLDS
    return folds[place]


def _measured(when: str, odds: np.ndarray, said: np.ndarray, labels: np.ndarray, pairs: np.ndarray) -> Metrics:
    """Reliability of probabilities by their log-odds, and what decisions, bool [n], are worth."""
    groups, right = pairs.tolist(), said == (labels == 1)
    losses = np.logaddexp(0.0, np.where(labels == 1, -odds, odds))
    found = with_statistics({"nll": mean_of(losses)}, groups, {"bootstrap": RESAMPLES, "seed": SEED})
    squares = (probability(odds) - labels) ** 2
    found |= with_interval("brier", squares, groups, {"bootstrap": RESAMPLES, "seed": SEED})
    found |= {"ece": round(ece(odds, labels), 6)} | calibrated_ece(odds, groups)
    found |= with_share("accuracy", right, groups) | with_f1("f1", said, labels, groups)
    found |= share_of("precision", labels == 1, said, pairs) | share_of("recall", said, labels == 1, pairs)
    return {f"{when}.{name}": value for name, value in found.items()}


def _left(undecided: np.ndarray, right: np.ndarray, pairs: np.ndarray) -> Metrics:
    """How many pairs are decided, and how many of these wrongly."""
    found = with_share("after.decided", ~undecided, pairs.tolist())
    return found | share_of("after.decided_wrong", ~right, ~undecided, pairs)


def share_of(key: str, hits: np.ndarray, among: np.ndarray, pairs: np.ndarray) -> Metrics:
    """Share of the hits among some of the rows, with its interval; None where there is none."""
    return with_share(key, hits[among], pairs[among].tolist()) if among.any() else {key: None}


def _ranking(scores: np.ndarray, labels: np.ndarray, pairs: np.ndarray) -> Metrics:
    """Area under the ROC curve, which no calibration changes."""
    return with_statistics({"roc_auc": roc_auc(scores, labels)}, pairs.tolist(), {"bootstrap": RESAMPLES, "seed": SEED})


def mean_of(values: np.ndarray) -> Statistic:
    """The mean of a value of each row."""
    return lambda weights: weights @ values / weights.sum(axis=1)
