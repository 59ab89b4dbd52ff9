"""Adaptive quadrature: where gradients change abruptly on the way to the input, and only there, the way is halved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# A stretch is halved where its gap is at least this share of the largest one of its pair.
SHARE = 0.25


@dataclass(frozen=True)
class Stretches:
    """Stretches of the ways of pairs, each from `low` to `high`, and what was found on them.

    pair: int64 [stretches]; low, high: float64 [stretches], 0 at the baseline and 1 at the input; gaps: float64
    [stretches], by how much the scores miss their sum; values: the scores of the pair's tokens, float64 [tokens] each.
    """

    pair: np.ndarray
    low: np.ndarray
    high: np.ndarray
    gaps: np.ndarray
    values: list[np.ndarray]

    def take(self, chosen: np.ndarray) -> Stretches:
        """Those at the chosen places. chosen: int64."""
        values = [self.values[place] for place in chosen]
        return Stretches(self.pair[chosen], self.low[chosen], self.high[chosen], self.gaps[chosen], values)

    def joined(self, other: Stretches) -> Stretches:
        """These and those of `other`."""
        return Stretches(
            np.concatenate([self.pair, other.pair]),
            np.concatenate([self.low, other.low]),
            np.concatenate([self.high, other.high]),
            np.concatenate([self.gaps, other.gaps]),
            self.values + other.values,
        )

    def of_pair(self, pair: int) -> tuple[np.ndarray, float]:
        """The scores of a pair's tokens, float64 [tokens], and their gap."""
        own = np.flatnonzero(self.pair == pair)
        return np.sum([self.values[place] for place in own], axis=0), float(self.gaps[own].sum())


# Scores stretches of pairs: pair, low, high -> what was found on them.
Score = Callable[[np.ndarray, np.ndarray, np.ndarray], Stretches]


def halved_where_needed(score: Score, pairs: np.ndarray, parts: int, allowed: np.ndarray, most: int) -> Stretches:
    """Equal parts of the way of each pair, halved until the pair's gap is within what is allowed.

    pairs: int64 [pairs], their numbers; parts: how many parts a way begins with; allowed: float64, by number of the
    pair; most: how many stretches a way may have in the end.
    """
    edges = np.linspace(0, 1, parts + 1)
    low, high = (np.tile(side, len(pairs)) for side in (edges[:-1], edges[1:]))
    found = score(np.repeat(pairs, parts), low, high)
    while len(chosen := to_halve(found, allowed, most)):
        old = found.take(chosen)
        middle = (old.low + old.high) / 2
        low, high = np.concatenate([old.low, middle]), np.concatenate([middle, old.high])
        rest = np.setdiff1d(np.arange(len(found.pair)), chosen)
        found = found.take(rest).joined(score(np.tile(old.pair, 2), low, high))
    return found


def to_halve(found: Stretches, allowed: np.ndarray, most: int) -> np.ndarray:
    """Places of the stretches to halve, int64: those with the largest gaps of pairs whose gap is not yet allowed."""
    chosen = []
    for pair in np.unique(found.pair):
        own = np.flatnonzero(found.pair == pair)
        if abs(found.gaps[own].sum()) <= allowed[pair]:
            continue
        sizes = np.abs(found.gaps[own])
        order = np.argsort(-sizes, kind="stable")
        large = order[sizes[order] >= SHARE * sizes.max()]
        chosen.append(own[large[: max(0, most - len(own))]])
    return np.concatenate(chosen) if chosen else np.empty(0, dtype=np.int64)
