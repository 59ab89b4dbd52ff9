"""How far probabilities can be believed: likelihood, Brier score, calibration error, reliability in bins.

Throughout, a judgement is its difference, logit 1 - logit 0: [n] float64; its probability of label 1 is the logistic
function of that. labels: [n], 0 or 1.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from yiju.base.share_intervals import group_codes
from yiju.models.calibration.apply import probability

BINS = 15
LEAST = 20
# Of the draws of labels that calibrated probabilities would have: as many as 200 million labels are, 100 at least and
# 1000 at most, 4 million at a time; the same for every run, so that the figures of two runs compare.
DRAWS, LABELS, BLOCK = (100, 1000), 200_000_000, 4_000_000
DRAWS_SEED = 0


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


def calibrated_ece(difference: np.ndarray, groups: Sequence[Hashable] | None = None) -> dict[str, float]:
    """ECE that these probabilities would show if they were perfectly calibrated, on as many pairs: above 0 by chance.

    ece.calibrated: its mean over labels drawn by the probabilities; ece.calibrated.high: what 95 % of the draws stay
    below. Pairs of one group, [n], have one label in common. An ece below the second tells of no miscalibration.
    """
    codes = group_codes(len(difference), groups)
    order, begins, count = _bins(difference)
    chances, owners = probability(difference)[order], codes[order]
    mean = np.add.reduceat(chances, begins) / count
    generator = np.random.default_rng(DRAWS_SEED)
    draws = int(np.clip(LABELS // len(codes), *DRAWS))
    rows, found = max(1, BLOCK // len(codes)), []
    for start in range(0, draws, rows):
        drawn = generator.random((min(rows, draws - start), int(codes.max()) + 1))[:, owners] < chances
        similar = np.add.reduceat(drawn, begins, axis=1, dtype=np.int64) / count
        found.append(np.average(np.abs(mean - similar), weights=count, axis=1))
    errors = np.concatenate(found)
    figures = {"ece.calibrated": errors.mean(), "ece.calibrated.high": np.quantile(errors, 0.95)}
    return {name: round(float(value), 6) for name, value in figures.items()}


def reliability(difference: np.ndarray, labels: np.ndarray) -> Bins:
    """At most 15 bins of at least about 20 judgements; equal ones share a bin, so that no order of rows matters."""
    order, begins, count = _bins(difference)
    sums = (np.add.reduceat(values[order].astype(np.float64), begins) for values in (probability(difference), labels))
    mean, similar = (total / count for total in sums)
    return Bins(mean, similar, count)


def _bins(difference: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The order of the judgements, where in it each bin begins, and how many it holds."""
    order = np.argsort(difference, kind="stable")
    ranked = difference[order]
    wanted = min(BINS, max(1, len(ranked) // LEAST))
    begins = np.unique(np.searchsorted(ranked, ranked[len(ranked) * np.arange(wanted) // wanted]))
    return order, begins, np.diff(np.append(begins, len(ranked)))


def measures(difference: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """All of them by name, to six decimals as metrics files hold them: nll, brier, ece."""
    found = {"nll": nll(difference, labels), "brier": brier(difference, labels), "ece": ece(difference, labels)}
    return {name: round(value, 6) for name, value in found.items()}
