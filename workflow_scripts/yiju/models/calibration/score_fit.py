"""What one number a pair means: its probability, the label from a threshold on, and which pairs are left undecided.

Throughout, a score is the difference of logits (logit 1 - logit 0) of a model of two labels, or the one number that
another system gives: [n] float64, the higher the likelier label 1. labels: [n], 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from yiju.base.errors import YijuError
from yiju.models.calibration.apply import probability
from yiju.models.calibration.fit import Goal, fit_margin, judged_alike, settled_temperature
from yiju.models.calibration.guarantee import surest_threshold
from yiju.models.calibration.platt import fit_platt

# temperature: the score is divided by a number; platt: it is multiplied by one, and another is added.
Scaling = Literal["temperature", "platt"]
# What the threshold is chosen by: the highest accuracy or F1, or a number, the precision that it has at least.
Aim = Goal | float
# With which probability both thresholds of a pair's decision keep the risk.
CONFIDENCE = 0.95
OF = "pairs"


@dataclass(frozen=True)
class ScoreFit:
    """A fit. slope, intercept: of the log-odds of label 1 by the score; threshold: a score above it has label 1.

    A decision is kept where the score is above `similar_above` for label 1, and below `other_below` for label 0; all
    other pairs are left undecided. Both are infinite where no threshold keeps the risk. note: what the pairs could not
    tell, in sentences, or nothing.
    """

    slope: float
    intercept: float
    threshold: float
    similar_above: float
    other_below: float
    note: str = ""

    def log_odds(self, scores: np.ndarray) -> np.ndarray:
        """Log-odds of label 1, [n] float64."""
        return self.slope * scores + self.intercept

    def probability(self, scores: np.ndarray) -> np.ndarray:
        """Calibrated probability of label 1, [n] float64."""
        return probability(self.log_odds(scores))

    def decide(self, scores: np.ndarray) -> np.ndarray:
        """Labels, int8 [n]."""
        return (scores > self.threshold).astype(np.int8)

    def undecided(self, scores: np.ndarray) -> np.ndarray:
        """Which labels are not kept, bool [n]."""
        return np.where(self.decide(scores) == 1, scores <= self.similar_above, scores >= self.other_below)


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
    temperature, doubts = settled_temperature(scores, labels, OF)
    return 1 / temperature, 0.0, doubts
