"""Shapley interactions of the segments of q with those of t, from coalitions that are drawn over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from scipy.special import comb

from yiju.base.types import Removal
from yiju.explain.coalitions import random_subsets
from yiju.explain.ensemble import Ensemble
from yiju.explain.regression import inverse

# Up to so many coalitions are never drawn but all judged.
FEWEST = 16


@dataclass(frozen=True)
class Interactions:
    """values: float64 [q segments, t segments], not a number where nothing was read; error: their standard errors.

    judged: how many coalitions they were estimated from; exact: whether these are all there are.
    """

    values: np.ndarray
    error: np.ndarray
    judged: int
    exact: bool


def shapley_interactions(ensemble: Ensemble, labels: np.ndarray, removal: Removal, samples: int) -> list[Interactions]:
    """How much each two segments across the sides act together in log p(label), over coalitions of all that were read.

    The Shapley interaction index of order 2 (Grabisch and Roubens 1999): the mean of f(S with both) - f(S with i) - f(S
    with j) + f(S) over coalitions S of the others, all sizes alike. Exact where `samples` coalitions are all there are;
    otherwise those of 0, 1, all but one and all segments, and others, each with its complement, up to `samples`. Every
    coalition counts in every cell (SHAP-IQ, Fumagalli 2023). What a game of one and two players explains of the worths
    is known without drawing, so that it adds no noise (`interactions`).
    """
    found = [_blank(ensemble, row, 0, True) for row in range(len(ensemble))]
    drawn: dict[int, Draws] = {}

    def coalitions(row: int) -> np.ndarray:
        drawn[row] = draws_of(len(ensemble.players[row]), samples, ensemble.generator(row))
        return drawn[row].coalitions

    with ensemble.evaluating():
        for row, _, worth in ensemble.play(coalitions, labels, removal):
            players, first = ensemble.players[row], ensemble.first.firsts[row]
            q = int((players < first).sum())
            own = interactions(drawn.pop(row), worth[0], q)
            place = np.ix_(players[:q], players[q:] - first)
            found[row] = _blank(ensemble, row, own.judged, own.exact)
            found[row].values[place], found[row].error[place] = own.values, own.error
    return found


@dataclass(frozen=True)
class Draws:
    """coalitions: bool [k, players]; weights: [k], of each among those of its size, which weigh 1 together, or would in
    the long run; pairs: the number of drawn coalitions, which stand at the end, before as many complements."""

    coalitions: np.ndarray
    weights: np.ndarray
    pairs: int


def draws_of(count: int, samples: int, generator: np.random.Generator) -> Draws:
    """All coalitions of `count` players, or the smallest and largest ones and others by draw, with their complements.

    At least two draws, so that their spread is known. Sizes are drawn by how much their coalitions count together.
    """
    if 2**count <= max(samples, FEWEST):
        every = np.array(list(product((False, True), repeat=count)), dtype=bool)
        return Draws(every, 1 / comb(count, every.sum(axis=1)), 0)
    singles = np.eye(count, dtype=bool)
    outer = np.concatenate([np.zeros((1, count), dtype=bool), singles, ~singles, np.ones((1, count), dtype=bool)])
    pairs = max(2, (samples - len(outer)) // 2)
    sizes = np.arange(2, count - 1)
    shares = np.sqrt(_squares(sizes, count))
    shares /= shares.sum()
    chosen = generator.choice(len(sizes), pairs, p=shares)
    subsets = random_subsets(generator, sizes[chosen], count)
    weights = 1 / (2 * pairs * shares[chosen])
    return Draws(
        np.concatenate([outer, subsets, ~subsets]),
        np.concatenate([1 / comb(count, outer.sum(axis=1)), weights, weights]),
        pairs,
    )


def interactions(drawn: Draws, worth: np.ndarray, first: int) -> Interactions:
    """The index of the `first` players with all others, from what the coalitions are worth: worth, float64 [k].

    A game of one and two players that is near to the worths has an index that is known, its terms; what is estimated
    is the index of the rest, which is small. Each half of the draws estimates the rest of the game that was fitted to
    the other half, so that the estimate has no bias (cross-fitting).
    """
    count = drawn.coalitions.shape[1]
    sizes, left = drawn.coalitions.sum(axis=1), drawn.coalitions.astype(np.float64)
    q, t, factors = left[:, :first], left[:, first:], _factors(sizes, count)
    importance = drawn.weights * np.sqrt(_squares(sizes, count))

    def sums(rows: np.ndarray, rest: np.ndarray) -> np.ndarray:
        both, one, none = (own[rows] for own in factors)
        return _sums(drawn.weights[rows] * rest[rows], both, one, none, q[rows], t[rows])

    if not drawn.pairs:
        known, rest = _fitted(left, worth, importance, np.arange(len(left)), first)
        values = known + sums(np.arange(len(left)), rest)
        return Interactions(values, np.zeros_like(values), len(left), True)
    outer, halves = _halves(len(left), drawn.pairs)
    values, variance = np.zeros((first, count - first)), np.zeros((first, count - first))
    for own, other in zip(halves, reversed(halves), strict=True):
        known, rest = _fitted(left, worth, importance, np.concatenate([outer, other.ravel()]), first)
        total, squares = np.zeros_like(values), np.zeros_like(values)
        for draw in own:
            pulled = sums(draw, rest)
            total += pulled
            squares += pulled**2
        values += (known + sums(outer, rest)) / len(halves) + total
        variance += np.maximum(squares - total**2 / len(own), 0) * len(own) / max(1, len(own) - 1)
    return Interactions(values, np.sqrt(variance), len(left), False)


def _halves(count: int, pairs: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """The rows that were not drawn, and those of each half of the draws: int64 [draws, 2], one and its complement."""
    start = count - 2 * pairs
    draws = np.stack([np.arange(start, start + pairs), np.arange(start + pairs, count)], axis=1)
    return np.arange(start), [draws[::2], draws[1::2]]


def _fitted(
    left: np.ndarray, worth: np.ndarray, weights: np.ndarray, rows: np.ndarray, first: int
) -> tuple[np.ndarray, np.ndarray]:
    """The game of one and two players that is nearest to the worths of some rows by weighted least squares.

    Returns its index, float64 [first, others], and the worths less its own, float64 [k]. Of two players there are all
    terms or those across the sides, as far as the rows determine them twice over, else none.
    """
    count = left.shape[1]
    across = [(i, j) for i in range(first) for j in range(first, count)]
    within = [one for one in combinations(range(count), 2) if (one[0] < first) == (one[1] < first)]
    room = len(rows) // 2 - count - 1
    terms = [*across, *within] if len(across) + len(within) <= room else across if len(across) <= room else []
    i, j = (np.array([one[side] for one in terms], dtype=np.int64) for side in (0, 1))
    features = np.concatenate([np.ones((len(left), 1)), left, left[:, i] * left[:, j]], axis=1)
    weighted = features[rows] * weights[rows, None]
    fitted = inverse(weighted.T @ features[rows]) @ (weighted.T @ worth[rows])
    known = fitted[1 + count :][: len(across)] if terms else np.zeros(len(across))
    return known.reshape(first, count - first), worth - features @ fitted


def _sums(
    residuals: np.ndarray, both: np.ndarray, one: np.ndarray, none: np.ndarray, q: np.ndarray, t: np.ndarray
) -> np.ndarray:
    """Each coalition's part in every cell, added up: `both` where it has both players, less `one`, `none`."""
    constant, single, double = none, none + one, both + 2 * one + none
    alone_q, alone_t = ((residuals * single) @ side for side in (q, t))
    return (residuals * constant).sum() - alone_q[:, None] - alone_t + q.T @ ((residuals * double)[:, None] * t)


def _factors(sizes: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the mean worth of coalitions of these sizes counts with both players of a cell, one, or none of them."""
    rest = count - sizes
    each = (sizes * (sizes - 1), sizes * rest, rest * (rest - 1))
    both, one, none = (np.divide(count, own, out=np.zeros(len(sizes)), where=own > 0) for own in each)
    return both, one, none


def _squares(sizes: np.ndarray, count: int) -> np.ndarray:
    """The mean square of the factors over all cells, but for a constant: what the worths of a size add to the noise."""
    both, one, none = _factors(sizes, count)
    return both + 2 * one + none


def _blank(ensemble: Ensemble, row: int, judged: int, exact: bool) -> Interactions:
    first, count = ensemble.first.firsts[row], ensemble.first.shares[row].shape[1]
    nothing = np.full((first, count - first), np.nan)
    return Interactions(nothing, nothing.copy(), judged, exact)
