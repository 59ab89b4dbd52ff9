"""What scores mean, fitted on labelled pairs; see `yiju.models.calibration.score_fit`."""

from __future__ import annotations

import numpy as np

from yiju.base.errors import YijuError
from yiju.models.calibration.fit import fit_margin, judged_alike, settled_of_two
from yiju.models.calibration.guarantee import surest_threshold
from yiju.models.calibration.platt import fit_platt
from yiju.models.calibration.score_fit import CONFIDENCE, Aim, Scaling, ScoreFit

OF = "pairs"


def fit_scores(
    scores: np.ndarray, labels: np.ndarray, pairs: np.ndarray, scaling: Scaling, aim: Aim, risk: float
) -> ScoreFit:
    """Fit scaling, threshold and the range that is left undecided on scores of known labels, of both kinds.

    pairs: [n] int, the number of each row's pair; a pair that is there again is no more evidence, so that only its
    first row counts for what is guaranteed. risk: which share of either decision may be wrong. Raises YijuError where
    similar pairs do not have higher scores.
    """
    if scores[labels == 1].mean() <= scores[labels == 0].mean():
        raise YijuError(
            "the mean score of the similar pairs is not above that of the others; if similar pairs have the lower "
            "scores (a distance), give their negative; else correct the column of labels, or label more pairs"
        )
    slope, intercept, doubts = _scaled(scores, labels, scaling)
    first = np.unique(pairs, return_index=True)[1]
    once, similar = scores[first], labels[first] == 1
    if isinstance(aim, float):
        threshold = surest_threshold(once, similar, 1 - aim, 1 - CONFIDENCE)
    else:
        threshold = (fit_margin(slope * scores + intercept, labels, aim) - intercept) / slope
    either = (1 - CONFIDENCE) / 2
    above, below = (surest_threshold(sign * once, similar == (sign > 0), risk, either) for sign in (1, -1))
    doubts = [*doubts, *judged_alike(scores > threshold, OF)]
    return ScoreFit(slope, intercept, threshold, above, -below, " ".join(doubts))


def _scaled(scores: np.ndarray, labels: np.ndarray, scaling: Scaling) -> tuple[float, float, list[str]]:
    """Slope and intercept, and what the pairs leave open of them, as sentences."""
    if scaling == "platt":
        return *fit_platt(scores, labels), []
    temperature, doubts = settled_of_two(scores, labels, OF)
    return 1 / temperature, 0.0, doubts
