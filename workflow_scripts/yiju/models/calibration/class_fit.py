"""What the logits of three classes or more mean: their probabilities, and which classes a pair may have.

Throughout, logits are float64 [pairs, classes]; labels: int [pairs], numbers of classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yiju.models.calibration.apply import log_probability


def gaps(logits: np.ndarray) -> np.ndarray:
    """How far each logit lies below the highest one of its pair, [pairs, classes], at least 0."""
    return logits.max(axis=1, keepdims=True) - logits


@dataclass(frozen=True)
class ClassFit:
    """A fit. temperature: what logits are divided by (Guo 2017); gap: a class whose logit lies at most so far below the
    highest one of a pair is possible, infinite where that holds for all classes.

    The class that is decided is always possible. note: what the pairs could not tell, in sentences, or nothing.
    """

    temperature: float
    gap: float
    note: str = ""

    def log_probability(self, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Calibrated log p(label), float64 [pairs]."""
        return log_probability(logits / self.temperature, labels)

    def possible(self, logits: np.ndarray) -> np.ndarray:
        """Which classes are possible, bool [pairs, classes]."""
        return gaps(logits) <= self.gap

    def undecided(self, logits: np.ndarray) -> np.ndarray:
        """Which pairs have more than one possible class, bool [pairs]."""
        return self.possible(logits).sum(axis=1) > 1

    def divided(self) -> ClassFit:
        """The same for logits that are divided by the temperature already."""
        return ClassFit(1.0, self.gap / self.temperature, self.note)
