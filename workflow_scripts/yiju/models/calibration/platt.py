"""Platt scaling: the probability of label 1 by any score, as a logistic function of it."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from yiju.models.calibration.apply import probability

# Where the gradient of the mean loss over standardised scores is this small, the optimum is found.
FLAT = 1e-9


def fit_platt(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of the log-odds of label 1 by the score that make the labels likeliest (Platt 1999).

    The targets are Platt's, (n1 + 1) / (n1 + 2) and 1 / (n0 + 2) instead of 1 and 0, so that there is an optimum where
    a score tells the labels apart without an error too; the loss is written as Lin, Lin and Weng (2007) write it.
    scores: [n] float64, finite, not all equal; labels: [n], of both kinds. Both numbers have nine significant digits.
    """
    positive, negative = int((labels == 1).sum()), int((labels == 0).sum())
    targets = np.where(labels == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))
    middle, spread = scores.mean(), scores.std()
    standard = (scores - middle) / spread

    def loss(line: np.ndarray) -> tuple[float, np.ndarray]:
        odds = line[0] * standard + line[1]
        away = probability(odds) - targets
        mean = (np.logaddexp(0.0, odds) - targets * odds).mean()
        return float(mean), np.array([(away * standard).mean(), away.mean()])

    start = np.array([0.0, np.log((positive + 1) / (negative + 1))])
    slope, intercept = minimize(loss, start, jac=True, method="BFGS", options={"gtol": FLAT}).x
    return _rounded(slope / spread), _rounded(intercept - slope * middle / spread)


def _rounded(value: float) -> float:
    return float(f"{value:.9g}")
