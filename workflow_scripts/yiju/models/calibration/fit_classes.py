"""Temperature and possible classes, fitted on labelled pairs; see `yiju.models.calibration.class_fit`."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import binom

from yiju.base.errors import YijuError
from yiju.models.calibration.apply import log_probability
from yiju.models.calibration.class_fit import ClassFit, gaps
from yiju.models.calibration.fit import likeliest_temperature, settled_temperature
from yiju.models.calibration.score_fit import CONFIDENCE


def fit_classes(
    logits: np.ndarray, labels: np.ndarray, pairs: np.ndarray, names: Sequence[str], risk: float
) -> ClassFit:
    """Fit the temperature, and how far below the highest logit that of a possible class may lie.

    pairs: [n] int, the number of each row's pair; a pair that is there again is no more evidence, so that only its
    first row counts for what is guaranteed. names: of the classes; risk: of how many pairs the label may be none of the
    possible classes. Raises YijuError where logits are not higher for the label than for other classes.
    """
    own = logits[np.arange(len(labels)), labels]
    if own.mean() <= (logits.sum(axis=1) - own).mean() / (logits.shape[1] - 1):
        listed = ", ".join(f"{number} {name}" for number, name in enumerate(names))
        raise YijuError(
            "the mean logit of the pairs' labels is not above that of the other classes; the labels may be numbered "
            f"otherwise than the classes are ({listed}): correct the column of labels, or label more pairs"
        )
    right = logits.argmax(axis=1) == labels
    temperature, doubts = settled_temperature(right, lambda: fit_class_temperature(logits, labels), "pairs")
    first = np.unique(pairs, return_index=True)[1]
    gap = surest_gap(gaps(logits[first])[np.arange(len(first)), labels[first]], risk, 1 - CONFIDENCE)
    said = set(logits.argmax(axis=1).tolist())
    doubts += [f"No pair is judged {name}." for number, name in enumerate(names) if number not in said]
    return ClassFit(temperature, gap, " ".join(doubts))


def fit_class_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature that makes the labels likeliest."""
    return likeliest_temperature(lambda temperature: -log_probability(logits / temperature, labels).mean())


def surest_gap(own: np.ndarray, risk: float, error: float) -> float:
    """The least gap within which the label lies for all but a share `risk` of pairs, except with probability `error`.

    own: float64 [pairs], how far the logit of each pair's label lies below its highest one; the pairs must be
    independent draws of those that will be judged. Infinity where these pairs show it of no gap.

    Split conformal prediction in its form for one table of pairs (Vovk 2012): of future pairs, the share whose label
    lies within the k-th smallest gap of n is at least 1 - risk, unless a binomial count of n draws reaches k. Nothing
    is assumed of the logits. The gap is of raw logits, and a temperature keeps their order, so that pairs which the
    temperature was fitted on may be used.
    """
    fewest = np.arange(1, len(own) + 1)
    shown = binom.sf(fewest - 1, len(own), 1 - risk) <= error
    return float(np.sort(own)[int(shown.argmax())]) if shown.any() else math.inf
