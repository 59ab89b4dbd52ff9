"""Infidelity: how far the scores of what is removed miss what its removal changes (Yeh 2019), for pairs.

Segments of one sentence at a time are removed at random while the other sentence stays whole. The sets are the same for
every method, so that they are judged once.
"""

from __future__ import annotations

import numpy as np

from yiju.evaluation.metrics.faithfulness import chances
from yiju.explain.coalitions import random_subsets
from yiju.explain.ensemble import Ensemble
from yiju.models.removal import Operator

# Sets that are removed from each pair, half of them from either sentence.
SETS = 32


def changes(ensemble: Ensemble, labels: np.ndarray, operator: Operator) -> np.ndarray:
    """F(x) - F(x without the set) of 32 sets of each pair: float64 [pairs, sets]. labels: int [pairs], explained."""
    removed = np.concatenate([random_sets(ensemble, row) for row in range(len(ensemble))], axis=1)
    whole, *without = chances(ensemble, labels, np.concatenate([np.zeros_like(removed[:1]), removed]), operator)
    return whole[:, None] - np.stack(without, axis=1)


def infidelity(ensemble: Ensemble, scores: np.ndarray, differences: np.ndarray) -> np.ndarray:
    """Mean square of what the sum of the scores removed misses of the change of p(label): float64 [pairs].

    Lower is better. Scores are multiplied by the factor of each pair that is best for them, as Captum does it
    (normalize=True): units do not count, nor does a sign that is wrong throughout. Scores that are all 0 miss the
    whole change. Not a number for a pair of which nothing was read. scores: [segments]; differences: see `changes`.
    """
    found = np.full(len(ensemble), np.nan)
    for row in range(len(ensemble)):
        if len(ensemble.players[row]):
            sums, wanted = random_sets(ensemble, row) @ np.nan_to_num(scores[ensemble.own(row)]), differences[row]
            square = sums @ sums
            factor = sums @ wanted / square if square > 0 else 0.0
            found[row] = np.mean((factor * sums - wanted) ** 2)
    return found


def random_sets(ensemble: Ensemble, row: int) -> np.ndarray:
    """Sets of read segments of one sentence of a pair, of any size, each size equally likely: bool [32, segments].

    Both sentences have as many, or the one that was read has all of them. Sets depend on the pair and the seed only.
    """
    read, generator = ensemble.read(row), ensemble.generator(row)
    q = np.arange(len(read)) < ensemble.first.firsts[row]
    sides = [own for own in map(np.flatnonzero, (read & q, read & ~q)) if len(own)]
    sets = np.zeros((SETS, len(read)), dtype=bool)
    for number, own in enumerate(sides):
        rows = np.arange(number, SETS, len(sides))
        sizes = generator.integers(1, len(own) + 1, len(rows))
        sets[np.ix_(rows, own)] = random_subsets(generator, sizes, len(own))
    return sets
