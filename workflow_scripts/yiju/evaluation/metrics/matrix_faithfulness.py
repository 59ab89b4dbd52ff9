"""Whether the matrix of a pair names segments that act together: the figures of its strongest cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from yiju.base.types import Removal
from yiju.explain.ensemble import Ensemble, Sets

# Cells that are taken at either end of the matrix, and random sets of segments beside them.
CELLS, DRAWS = 5, 10
NAMES = ("together", "instead")


def matrix_figures(
    ensemble: Ensemble, labels: np.ndarray, matrices: Sequence[np.ndarray], removal: Removal, seed: int
) -> dict[str, np.ndarray]:
    """What the ends of the strongest cells do together beyond random segments: float64 [pairs] each, by name.

    The five cells of the highest values (`together`: segments that do what neither does alone) and the five of the
    lowest (`instead`: one does what the other would do) name a set of segments in each sentence. What two sets do
    together is f(x) - f(x without the one) - f(x without the other) + f(x without both), f = log p(label). Of this the
    mean over ten choices of as many random segments of the same sentences is taken away. `together` should be above 0,
    `instead` below; not a number of a pair whose matrix knows no cell.

    matrices: float64 [q segments, t segments] of each pair, not a number where a cell is not known; seed: of the random
    choices.
    """
    generator = np.random.default_rng(seed)
    sets = [_sets(generator, ensemble, row, matrix) for row, matrix in enumerate(matrices)]
    found = np.full((len(NAMES), len(matrices)), np.nan)
    asked: Iterator[Sets] = ((row, sets[row]) for row in ensemble.longest_first() if len(sets[row]))
    with ensemble.evaluating():
        for row, _, logits in ensemble.without(asked, removal):
            worth = ensemble.worth(logits, int(labels[row]))[0]
            q, t, both = np.moveaxis(worth[1:].reshape(len(NAMES), 1 + DRAWS, 3), 2, 0)
            joint = worth[0] - q - t + both
            found[:, row] = joint[:, 0] - joint[:, 1:].mean(axis=1)
    return dict(zip(NAMES, found, strict=True))


def _sets(generator: np.random.Generator, ensemble: Ensemble, row: int, matrix: np.ndarray) -> np.ndarray:
    """Nothing; then for both ends of the matrix, and for each random choice beside them, the segments of q, those of t
    and both: bool [1 + 2 * 11 * 3, segments]. None where the matrix knows no cell."""
    segments, first, read = ensemble.first.shares[row].shape[1], len(matrix), ensemble.read(row)
    if np.isnan(matrix).all():
        return np.zeros((0, segments), dtype=bool)
    sides, sets = (np.flatnonzero(read[:first]), np.flatnonzero(read[first:])), [np.zeros((1, segments), dtype=bool)]
    for values in (matrix, -matrix):
        chosen = _ends(values)
        sets.append(_apart(segments, first, *chosen))
        for _ in range(DRAWS):
            others = (generator.permutation(side)[: len(own)] for side, own in zip(sides, chosen, strict=True))
            sets.append(_apart(segments, first, *others))
    return np.concatenate(sets)


def _ends(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The segments of q and of t that the cells of the highest values join."""
    known = np.where(np.isnan(values), -np.inf, values)
    order = np.argsort(-known, axis=None, kind="stable")[: min(CELLS, np.isfinite(known).sum())]
    q, t = np.unravel_index(order, known.shape)
    return np.unique(q), np.unique(t)


def _apart(segments: int, first: int, q: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The segments of q, those of t, and both, as sets that are taken away: bool [3, segments]."""
    sets = np.zeros((3, segments), dtype=bool)
    sets[0, q] = sets[1, t + first] = True
    sets[2] = sets[0] | sets[1]
    return sets
