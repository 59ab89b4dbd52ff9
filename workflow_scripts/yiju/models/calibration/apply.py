"""Calibration applied: what logits mean as a probability, and the decision that a margin makes of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Calibration:
    """What logits are divided by, and what logit 1 must exceed logit 0 by after that.

    fitted: whether labelled pairs decided either; note: what these pairs could not tell, in sentences, or nothing.
    """

    temperature: float
    margin: float
    fitted: bool = False
    note: str = ""


def read_calibration(path: str | Path) -> Calibration:
    """Temperature and margin from the file of a member or of an ensemble."""
    facts = json.loads(Path(path).read_text(encoding="utf-8"))
    return Calibration(facts["temperature"], facts["margin"])


def margin_of(threshold: float) -> float:
    """The margin of a decision threshold T: 2T - 1.

    Published: T - 0.5 is added to logit 0 and taken from logit 1 before the argmax. T = 0.5 is the argmax itself.
    """
    return 2 * threshold - 1


def difference(logits: np.ndarray) -> np.ndarray:
    """Logit 1 - logit 0. logits: [pairs, 2]; returns [pairs]."""
    return logits[:, 1] - logits[:, 0]


def decide(logits: np.ndarray, margin: float) -> np.ndarray:
    """Labels int8 [pairs] of logits [pairs, 2]: similar iff logit 1 exceeds logit 0 by more than the margin.

    Of more classes the one with the largest logit, whatever the margin.
    """
    if logits.shape[1] > 2:
        return logits.argmax(axis=1).astype(np.int64)
    return (difference(logits) > margin).astype(np.int8)


def probability(difference: np.ndarray) -> np.ndarray:
    """Softmax probability of label 1 by the difference of the logits, in the form that cannot overflow; [pairs]."""
    return 0.5 * (1.0 + np.tanh(difference / 2.0))


def lean(logits: np.ndarray, label: int, margin: float) -> np.ndarray:
    """How far logits [pairs, classes] lie on a label's side of its decision, below 0 on the other side; [pairs]."""
    if logits.shape[1] == 2:
        return (difference(logits) - margin) * (1 if label else -1)
    return logits[:, label] - np.delete(logits, label, axis=1).max(axis=1)


def chance(logits: np.ndarray, labels: int | np.ndarray) -> np.ndarray:
    """Of two labels p(label 1), of more p(label), by logits [pairs, classes]: float64 [pairs]."""
    if logits.shape[1] == 2:
        return probability(difference(logits))
    return np.exp(log_probability(logits, labels))


def log_probability(logits: np.ndarray, label: int | np.ndarray) -> np.ndarray:
    """log p(label) of logits [pairs, classes], for one label or one a pair: float64 [pairs]."""
    total = np.logaddexp.reduce(logits, axis=1)
    return logits[np.arange(len(logits)), label] - total


def log_odds_of(log_probability: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Logit 1 - logit 0 of models of two labels by log p(label) and the label, [pairs] each."""
    odds = log_probability - np.log(-np.expm1(np.minimum(log_probability, -np.finfo(np.float64).tiny)))
    return np.where(labels == 1, odds, -odds)
