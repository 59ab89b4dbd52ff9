"""The threshold from which on decisions are wrong at most so often, with a confidence that holds for few pairs too."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import bdtr

# Where a search begins: such a share of the pairs is above the threshold. A single search from the few highest scores
# on would end at the first wrong decision among them.
STARTS = (1 / 16, 1 / 8, 1 / 4, 1 / 2)


def surest_threshold(scores: np.ndarray, right: np.ndarray, risk: float, error: float) -> float:
    """The lowest threshold above which at most a share `risk` of decisions is wrong, except with probability `error`.

    scores: [n] float64; right: [n] bool, whether the decision, if it is made, is right. The pairs must be independent
    draws of those that will be decided. Returns infinity where these pairs show it of no threshold.

    Learn then Test (Angelopoulos and others 2021): of the pairs above a threshold that is worse than `risk`, as few are
    wrong as were found only with the probability of a binomial tail. Thresholds are tested downwards from four starts,
    with a quarter of `error` each, until the first one that is not shown (fixed-sequence testing), so that no further
    correction for many tests is needed. The probability holds where higher scores are not less often right, without
    which no threshold makes sense; nothing else is assumed of the scores.
    """
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    # Rows after which the score changes: the score that follows is a threshold.
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    thresholds = np.append(ranked[ends[:-1] + 1], ranked[-1] - 1)
    decided, wrong = ends + 1, np.cumsum(~right[order])[ends]
    shown = np.append(bdtr(wrong.astype(np.float64), decided, risk) <= error / len(STARTS), False)
    begins = np.searchsorted(decided, [max(share * len(scores), fewest_decided(risk, error)) for share in STARTS])
    passed = [begin + int(np.argmin(shown[begin:])) for begin in begins]
    best = max((after for after, begin in zip(passed, begins, strict=True) if after > begin), default=0)
    return float(thresholds[best - 1]) if best else math.inf


def fewest_decided(risk: float, error: float) -> int:
    """How many decisions, all of them right, are enough to show that at most a share `risk` is wrong."""
    return math.ceil(math.log(error / len(STARTS)) / math.log1p(-risk))
