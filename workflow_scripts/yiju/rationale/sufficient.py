"""The smallest rationale: as few segments as alone keep a judgement, of those that speak for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil

import numpy as np

from yiju.attribution.coalitions import longest_first
from yiju.attribution.orders import Units, judge_alone
from yiju.attribution.subject import Subject
from yiju.kinds import Removal
from yiju.rationale.selection import rank
from yiju.scores import decide, difference, probability

# Sets of up to this many segments are all tried, of the CANDIDATES with the highest scores of each sentence.
ALL, CANDIDATES = 3, 6
# Beyond, the sets that came closest are enlarged, so many of them, up to so many segments.
WIDTH, LARGEST = 4, 5
# Then beginnings of the ranking are tried, each so many times as long as the one before.
GROWTH = 1.4


@dataclass(frozen=True)
class Rationale:
    """What alone keeps the judgement of a pair.

    chosen: segments, q's numbered before t's, most important first; probability: of label 1 with nothing else
    left; kept: whether the label is the same then. Where no set that was tried keeps it, these are all segments
    that speak for the label, and `kept` is false.
    """

    chosen: tuple[int, ...]
    probability: float
    kept: bool

    def sides(self, first: int) -> tuple[list[int], list[int]]:
        """The segments of q, of which there are `first`, and those of t, each numbered by itself."""
        return [i for i in self.chosen if i < first], [i - first for i in self.chosen if i >= first]


def smallest_rationales(
    subject: Subject,
    orders: Sequence[Units],
    labels: np.ndarray,
    scores: Sequence[np.ndarray],
    firsts: Sequence[int],
    margin: float,
    removal: Removal = "delete",
) -> list[Rationale]:
    """For each pair the fewest segments with which alone it is judged as before, of as few those of the highest sum.

    orders: the pairs with the tokens of their segments, in each order that decides; labels: int [pairs], the ones that
    were decided; scores: float64 [segments] of each pair; firsts: how many of them are q's; margin: of the decision.
    Only segments with a score above 0 that the model read are taken, and at least one of each sentence that has one: of
    an emptied sentence a model knows nothing. Up to three segments what is found is exact among the six best of each
    sentence; then comes a beam search, and beyond five segments beginnings of the ranking, each longer by two fifths.
    """
    found: dict[int, Rationale] = {}
    ranked = {row: _ranked(scores[row], orders, row, firsts[row]) for row in longest_first(orders[0].pairs)}
    beams: dict[int, np.ndarray] = {}
    for size in range(1, LARGEST + 1):
        rows = [row for row in ranked if row not in found]
        tried = {row: _sets(ranked[row], len(scores[row]), firsts[row], size, beams.get(row)) for row in rows}
        beams = _try(subject, orders, tried, labels, scores, margin, removal, found)
    rows = [row for row in ranked if row not in found]
    prefixes = {row: _prefixes(ranked[row], len(scores[row])) for row in rows}
    _try(subject, orders, prefixes, labels, scores, margin, removal, found, last=True)
    return [found[row] for row in range(len(labels))]


def _ranked(scores: np.ndarray, orders: Sequence[Units], row: int, first: int) -> list[int]:
    """Segments that may be grounds, the best of each sentence before all others: those are in every set."""
    read = np.any([one.units[row].any(axis=1) for one in orders], axis=0)
    order = [unit for unit in rank(scores) if scores[unit] > 0 and read[unit]]
    best = [next((unit for unit in order if (unit < first) == side), None) for side in (True, False)]
    leading = [unit for unit in order if unit in best]
    return [*leading, *(unit for unit in order if unit not in leading)]


def _sets(ranked: list[int], units: int, first: int, size: int, beam: np.ndarray | None) -> np.ndarray:
    """Sets of a size to be tried: bool [sets, units]."""
    if size <= ALL:
        sides = [[unit for unit in ranked if (unit < first) == side][:CANDIDATES] for side in (True, False)]
        needed = [set(side) for side in sides if side]
        chosen = combinations(sorted(side for both in sides for side in both), size)
        return _flags([one for one in chosen if all(not need.isdisjoint(one) for need in needed)], units)
    if beam is None or not len(beam):
        return np.zeros((0, units), dtype=bool)
    larger = [one | flag for one in beam for flag in np.eye(units, dtype=bool)[ranked] if not (one & flag).any()]
    return np.unique(np.array(larger, dtype=bool).reshape(-1, units), axis=0)


def _prefixes(ranked: list[int], units: int) -> np.ndarray:
    """The ranking's beginnings, longer than what was tried, and all of it."""
    lengths, length = [], LARGEST + 1
    while length < len(ranked):
        lengths.append(length)
        length = ceil(length * GROWTH)
    return _flags([ranked[:length] for length in [*lengths, len(ranked)]], units)


def _flags(sets: Sequence[Sequence[int]], units: int) -> np.ndarray:
    flags = np.zeros((len(sets), units), dtype=bool)
    for row, one in enumerate(sets):
        flags[row, list(one)] = True
    return flags


def _try(
    subject: Subject,
    orders: Sequence[Units],
    tried: dict[int, np.ndarray],
    labels: np.ndarray,
    scores: Sequence[np.ndarray],
    margin: float,
    removal: Removal,
    found: dict[int, Rationale],
    last: bool = False,
) -> dict[int, np.ndarray]:
    """Enter the best set of each pair that keeps its judgement into `found`; returns the closest of the others.

    last: where none keeps it, the last one tried is entered.
    """
    beams = {}
    for row, logits in judge_alone(subject, orders, [row for row, sets in tried.items() if len(sets)], tried, removal):
        sets, sums = tried[row], tried[row] @ scores[row]
        kept = decide(logits, margin) == labels[row]
        if kept.any():
            sizes = sets.sum(axis=1)
            smallest = np.flatnonzero(kept & (sizes == sizes[kept].min()))
            best = int(smallest[np.argmax(sums[smallest])])
        elif last:
            best = len(sets) - 1
        else:
            towards = difference(logits) * (1 if labels[row] else -1)
            beams[row] = sets[np.lexsort((-sums, -np.round(towards, 5)))[:WIDTH]]
            continue
        chosen = sorted(np.flatnonzero(sets[best]).tolist(), key=lambda unit: (-scores[row][unit], unit))
        chance = float(probability(difference(logits[[best]]))[0])
        found[row] = Rationale(tuple(chosen), chance, bool(kept[best]))
    return beams
