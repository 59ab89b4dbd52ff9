"""Three classes or more calibrated on labelled pairs, with figures of pairs that nothing was fitted on.

logits: float64 [n, classes]; labels: [n], numbers of classes; pairs: [n] int, the number of each row's pair, the same
where it is repeated.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import softmax

from yiju.base.errors import YijuError
from yiju.evaluation.calibrated_scores import FEWEST, FOLDS, RESAMPLES, SEED, fold_of, mean_of, share_of
from yiju.evaluation.metrics.classification import macro_f1
from yiju.evaluation.with_intervals import Metrics, with_share, with_statistics
from yiju.models.calibration.apply import log_probability
from yiju.models.calibration.class_fit import ClassFit
from yiju.models.calibration.fit_classes import fit_classes
from yiju.models.calibration.measure import calibrated_ece, ece, log_odds


def calibrate_classes(
    logits: np.ndarray, labels: np.ndarray, pairs: np.ndarray, names: Sequence[str], risk: float
) -> tuple[ClassFit, Metrics]:
    """The fit on all pairs, and figures before and after.

    `after.*` are cross-fitted: each fifth of the pairs is judged by a fit on the other four. Figures have 95 %
    intervals by pair; the calibration error (ece) is that of the decided class, and beside it stands what calibrated
    probabilities would show. Raises YijuError where the pairs are too few.
    """
    check_enough_of_each(labels, pairs, names)
    fitted = fit_classes(logits, labels, pairs, names, risk)
    divided, possible = cross_fitted_classes(logits, labels, pairs, names, risk)
    metrics = _measured("before", logits, labels, pairs) | _measured("after", divided, labels, pairs)
    return fitted, metrics | _left(possible, logits.argmax(axis=1) == labels, labels, pairs)


def check_enough_of_each(labels: np.ndarray, pairs: np.ndarray, names: Sequence[str]) -> None:
    """Raise YijuError where there are fewer than twenty distinct pairs of a class."""
    counts = [len(np.unique(pairs[labels == number])) for number in range(len(names))]
    if min(counts) < FEWEST:
        shown = ", ".join(f"{count} of {name}" for count, name in zip(counts, names, strict=True))
        raise YijuError(
            f"the distinct pairs are {shown}; calibration needs at least {FEWEST} of each class: label more pairs"
        )


def cross_fitted_classes(
    logits: np.ndarray, labels: np.ndarray, pairs: np.ndarray, names: Sequence[str], risk: float
) -> tuple[np.ndarray, np.ndarray]:
    """Divided logits, and which classes are possible, [n, classes] each, by a fit on the other folds."""
    folds = fold_of(labels, pairs)
    divided, possible = np.empty_like(logits), np.empty(logits.shape, dtype=bool)
    for fold in range(FOLDS):
        held, rest = folds == fold, folds != fold
        fitted = fit_classes(logits[rest], labels[rest], pairs[rest], names, risk)
        divided[held], possible[held] = logits[held] / fitted.temperature, fitted.possible(logits[held])
    return divided, possible


def _measured(when: str, logits: np.ndarray, labels: np.ndarray, pairs: np.ndarray) -> Metrics:
    """Reliability of probabilities, and what the decisions are worth."""
    groups, said = pairs.tolist(), logits.argmax(axis=1)
    right, chances = said == labels, softmax(logits, axis=1)
    squares = ((chances - np.eye(logits.shape[1])[labels]) ** 2).sum(axis=1)
    statistics = {
        "nll": mean_of(-log_probability(logits, labels)),
        "brier": mean_of(squares),
        "macro_f1": macro_f1(said, labels, logits.shape[1]),
    }
    found = with_statistics(statistics, groups, {"bootstrap": RESAMPLES, "seed": SEED})
    top = log_odds(chances.max(axis=1))
    found |= {"ece": round(ece(top, right), 6)} | calibrated_ece(top, groups)
    found |= {"confidence": round(float(chances.max(axis=1).mean()), 6)} | with_share("accuracy", right, groups)
    return {f"{when}.{name}": value for name, value in found.items()}


def _left(possible: np.ndarray, right: np.ndarray, labels: np.ndarray, pairs: np.ndarray) -> Metrics:
    """For how many pairs the label is possible, how many are decided, and how many of these wrongly."""
    decided, groups = possible.sum(axis=1) == 1, pairs.tolist()
    found = with_share("after.covered", possible[np.arange(len(labels)), labels], groups)
    found |= with_share("after.decided", decided, groups)
    return found | share_of("after.decided_wrong", ~right, decided, pairs)
