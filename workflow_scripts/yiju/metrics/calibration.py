"""How far probabilities can be believed: likelihood, Brier score, calibration error, reliability in bins.

Throughout, a judgement is its difference, logit 1 - logit 0: [n] float64; its probability of label 1 is the logistic
function of that. labels: [n], 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yiju.scores import probability

BINS = 15
LEAST = 20


@dataclass(frozen=True)
class Bins:
    """Judgements in bins of about equal count, by ascending probability: mean probability, share of label 1, count."""

    probability: np.ndarray
    similar: np.ndarray
    count: np.ndarray


def log_odds(probability: np.ndarray) -> np.ndarray:
    """The differences that probabilities come from; of one that is 0 or 1 to the last bit, the next finite one."""
    least = np.finfo(np.float64).eps
    inside = np.clip(probability, least, 1 - least)
    return np.log(inside) - np.log1p(-inside)


def nll(difference: np.ndarray, labels: np.ndarray) -> float:
    """Mean negative log-likelihood of the labels, in nats."""
    return float(np.logaddexp(0.0, np.where(labels == 1, -difference, difference)).mean())


def brier(difference: np.ndarray, labels: np.ndarray) -> float:
    """Mean squared distance of probability and label (Brier 1950), 0 to 1."""
    return float(((probability(difference) - labels) ** 2).mean())


def ece(difference: np.ndarray, labels: np.ndarray) -> float:
    """Expected calibration error (Naeini 2015), over bins of equal count as they are not empty (Nguyen 2015).

    The mean distance of a bin's mean probability from its share of label 1, weighted by count.
    """
    bins = reliability(difference, labels)
    return float(np.average(np.abs(bins.probability - bins.similar), weights=bins.count))


def reliability(difference: np.ndarray, labels: np.ndarray) -> Bins:
    """At most 15 bins of at least about 20 judgements; equal ones share a bin, so that no order of rows matters."""
    order = np.argsort(difference, kind="stable")
    ranked = difference[order]
    wanted = min(BINS, max(1, len(ranked) // LEAST))
    cuts = np.searchsorted(ranked, ranked[len(ranked) * np.arange(wanted) // wanted])
    begins = np.unique(cuts)
    count = np.diff(np.append(begins, len(ranked)))
    sums = (np.add.reduceat(values[order].astype(np.float64), begins) for values in (probability(difference), labels))
    mean, similar = (total / count for total in sums)
    return Bins(mean, similar, count)


def measures(difference: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """All of them by name, to six decimals as metrics files hold them: nll, brier, ece."""
    found = {"nll": nll(difference, labels), "brier": brier(difference, labels), "ece": ece(difference, labels)}
    return {name: round(value, 6) for name, value in found.items()}
