"""What one number a pair means: its probability, the label from a threshold on, and which pairs are left undecided.

Throughout, a score is the difference of logits (logit 1 - logit 0) of a model of two labels, or the one number that
another system gives: [n] float64, the higher the likelier label 1. labels: [n], 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from yiju.models.calibration.apply import probability

# temperature: the score is divided by a number; platt: it is multiplied by one, and another is added.
Scaling = Literal["temperature", "platt"]
# What a margin is chosen by.
Goal = Literal["accuracy", "f1"]
# What the threshold is chosen by: the highest accuracy or F1, or a number, the precision that it has at least.
Aim = Goal | float
# With which probability both ends of the undecided range keep the risk.
CONFIDENCE = 0.95


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

    def undecided(self, scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Which of the labels that were decided are not kept, bool [n]."""
        return np.where(labels == 1, scores <= self.similar_above, scores >= self.other_below)

    def in_log_odds(self) -> ScoreFit:
        """The same for scores that are calibrated log-odds already."""
        threshold, above, below = (
            self.slope * end + self.intercept for end in (self.threshold, self.similar_above, self.other_below)
        )
        return ScoreFit(1.0, 0.0, threshold, above, below, self.note)
