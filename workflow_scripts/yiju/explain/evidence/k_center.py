"""Which pairs to label next: uncertain, far from all training pairs, and far from each other.

The rule is the greedy heuristic for the weighted k-center problem (Dyer and Frieze 1985, A simple heuristic for the
p-centre problem, Operations Research Letters 3(6), 285-288): the next pair is the one whose weight times distance from
its nearest center is largest. Centers are the training pairs, as for the core-sets of active learning (Sener and
Savarese 2018, https://arxiv.org/abs/1708.00489), and the pairs that were picked before. The weight is the uncertainty
of the model (Lewis and Gale 1994, https://arxiv.org/abs/cmp-lg/9407020).

The distance of two pairs is that of the vectors that the head reads of them, scaled to length 1: the root of 2 - 2
cosine, from 0 (the same direction) to 2 (opposite ones). It obeys the triangle inequality, which the heuristic needs.
"""

from __future__ import annotations

import numpy as np

from yiju.explain.evidence.measures import softmax
from yiju.models.calibration.apply import difference
from yiju.models.decision import Decision

# Two vectors of length 1 are never further apart.
FARTHEST = 2.0
# Training pairs that are compared at a time.
BLOCK = 16_384
# Decimals of a cosine that count: what lies behind them is rounding, by which no pair may be picked.
DECIMALS = 6


def uncertainties(decision: Decision, outputs: np.ndarray) -> np.ndarray:
    """How near each pair is to being judged otherwise, float64 [pairs], from 0 (certain) to 1 (at the threshold).

    outputs: float64 [pairs, classes]; the decision must decide. With a threshold p of the probability of label 1 it
    falls in a straight line to 0 at the probabilities 0 and 1; of more than two classes it is 1 less the difference
    of the two largest probabilities; of a number without probabilities it is exp(-d), d being the distance to the
    margin in units of the standard deviation of all these numbers.
    """
    threshold = decision.threshold
    if threshold is not None:
        chances = decision.probabilities(outputs, decision.labels(outputs))
        assert chances is not None, "what has a threshold has probabilities"
        edge = np.where(chances > threshold, 1 - threshold, threshold)
        way = np.where(chances > threshold, 1 - chances, chances)
        return np.divide(way, edge, out=np.ones_like(way), where=edge > 0)
    if not decision.single:
        largest = np.sort(softmax(outputs), axis=1)
        return 1 - (largest[:, -1] - largest[:, -2])
    assert decision.margin is not None, "what decides has a margin"
    scores = difference(outputs)
    away, spread = np.abs(scores - decision.margin), spread_of(outputs)
    return np.exp(-np.divide(away, spread, out=np.zeros_like(away), where=spread > 0))


def spread_of(outputs: np.ndarray) -> float:
    """The standard deviation of the numbers of a model that gives one a pair. outputs: [pairs, 2], 0 and the number."""
    return float(difference(outputs).std())


def units(vectors: np.ndarray) -> np.ndarray:
    """Vectors [pairs, width] scaled to length 1, float32; one of zeros stays as it is."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    return np.divide(vectors, lengths, out=np.zeros(vectors.shape, np.float32), where=lengths > 0)


def distances(cosines: np.ndarray) -> np.ndarray:
    """The distance of vectors of length 1 by their cosine, float64 of the same shape."""
    rounded = np.round(np.asarray(cosines, np.float64), DECIMALS)
    return np.sqrt(np.maximum(2 - 2 * rounded, 0))


def nearest_learnt(pairs: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distance of each pair from its nearest training pair, float64 [pairs], and which one, int64 [pairs].

    pairs: float32 [pairs, width] of length 1; vectors: float32 [training pairs, width], at least one, of any length.
    """
    closest, rows = np.full(len(pairs), -np.inf), np.zeros(len(pairs), np.int64)
    for first in range(0, len(vectors), BLOCK):
        cosines = pairs @ units(vectors[first : first + BLOCK]).T
        own = cosines.argmax(axis=1)
        found = np.round(cosines[np.arange(len(pairs)), own].astype(np.float64), DECIMALS)
        better = found > closest
        closest[better], rows[better] = found[better], first + own[better]
    return distances(closest), rows


def weighted_k_center(pairs: np.ndarray, weights: np.ndarray, nearest: np.ndarray, count: int) -> np.ndarray:
    """The rows to label, in their order, at most `count`: int64.

    pairs: float32 [pairs, width] of length 1, which may be memory-mapped; weights: float64 [pairs]; nearest: float64
    [pairs], the distance from the nearest training pair, FARTHEST where none is known. Of equal pairs the first one is
    picked.
    """
    nearest, picked = nearest.copy(), np.zeros(len(pairs), bool)
    found = np.zeros(min(count, len(pairs)), np.int64)
    for place in range(len(found)):
        row = int(np.where(picked, -1.0, weights * nearest).argmax())
        found[place], picked[row] = row, True
        nearest = np.minimum(nearest, distances(pairs @ pairs[row]))
    return found
