"""The smallest rationale: as few segments as alone keep a judgement, of those that speak for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil
from pathlib import Path

import numpy as np

from yiju.base.types import Removal
from yiju.explain.ensemble import Ensemble
from yiju.explain.parts import kept_part, parts_of
from yiju.explain.rationales.selection import rank
from yiju.models.calibration.apply import chance, decide, lean

# Sets of up to this many segments are all tried, of the CANDIDATES with the highest scores of each sentence.
ALL, CANDIDATES = 3, 6
# Beyond, the sets that came closest are enlarged, so many of them, up to so many segments.
WIDTH, LARGEST = 4, 5
# Then beginnings of the ranking are tried, each so many times as long as the one before.
GROWTH = 1.4


@dataclass(frozen=True)
class Rationale:
    """What alone keeps the judgement of a pair.

    chosen: segments, q's numbered before t's, most important first; label: of the pair; outputs: the model's with
    nothing else left, float64 [classes]; kept: whether the label is the same then. Where no set that was tried keeps
    it, these are all segments that speak for the label, and `kept` is false.
    """

    chosen: tuple[int, ...]
    label: int
    outputs: np.ndarray
    kept: bool

    @property
    def probability(self) -> float:
        """With nothing else left: of two labels p(label 1), of more p(label)."""
        return float(chance(self.outputs[None], self.label)[0])

    def sides(self, first: int) -> tuple[list[int], list[int]]:
        """The segments of q, of which there are `first`, and those of t, each numbered by itself."""
        return [i for i in self.chosen if i < first], [i - first for i in self.chosen if i >= first]


@dataclass(frozen=True)
class Rationales:
    """Those of many pairs. ranks: int32 [segments], flat, place among those of the segment's side, from 1, 0 outside
    the rationale; probability: float64 [pairs], of label 1 with nothing else left; kept: bool [pairs]."""

    ranks: np.ndarray
    probability: np.ndarray
    kept: np.ndarray


def sufficient_of(
    ensemble: Ensemble,
    labels: np.ndarray,
    values: np.ndarray,
    margin: float,
    work: Path | None = None,
    removal: Removal = "delete",
) -> Rationales:
    """`smallest_rationales` of a whole set. values: float64 [segments], flat; work: where finished parts are kept."""
    found = Rationales(np.zeros(len(values), np.int32), np.zeros(len(ensemble)), np.zeros(len(ensemble), bool))
    with ensemble.evaluating():
        for number, rows in enumerate(parts_of(ensemble.first.pairs.lengths)):
            part, places = ensemble.select(rows), [ensemble.own(row) for row in rows]

            def compute(part: Ensemble = part, rows: np.ndarray = rows, places: list[slice] = places) -> Rationales:
                own = [values[place] for place in places]
                return _flat(part, smallest_rationales(part, labels[rows], own, margin, removal))

            own = kept_part(Rationales, work, f"rationale{number}", compute)
            found.probability[rows], found.kept[rows] = own.probability, own.kept
            for place, ranks in zip(places, np.split(own.ranks, part.bounds[1:-1]), strict=True):
                found.ranks[place] = ranks
    return found


def _flat(ensemble: Ensemble, found: Sequence[Rationale]) -> Rationales:
    ranks = np.zeros(ensemble.bounds[-1], dtype=np.int32)
    for row, one in enumerate(found):
        own, first = ranks[ensemble.own(row)], int(ensemble.first.firsts[row])
        for start, side in zip((0, first), one.sides(first), strict=True):
            own[start + np.array(side, dtype=np.int64)] = np.arange(1, len(side) + 1)
    return Rationales(ranks, np.array([one.probability for one in found]), np.array([one.kept for one in found], bool))


def smallest_rationales(
    ensemble: Ensemble, labels: np.ndarray, scores: Sequence[np.ndarray], margin: float, removal: Removal = "delete"
) -> list[Rationale]:
    """For each pair the fewest segments with which alone it is judged as before, of as few those of the highest sum.

    labels: int [pairs], the ones that were decided; scores: float64 [segments] of each pair; margin: of the decision,
    on the mean of all logits. Only segments with a score above 0 that were read are taken, and at least one of each
    sentence that has one: of an emptied sentence a model knows nothing. Up to three segments what is found is exact
    among the six best of each sentence; then comes a beam search, and beyond five segments beginnings of the ranking,
    each longer by two fifths.
    """
    found: dict[int, Rationale] = {}
    firsts = ensemble.first.firsts.tolist()
    ranked = {row: _ranked(scores[row], ensemble.read(row), firsts[row]) for row in ensemble.longest_first()}
    beams: dict[int, np.ndarray] = {}
    search = _Search(ensemble, labels, scores, margin, removal)
    for size in range(1, LARGEST + 1):
        rows = [row for row in ranked if row not in found]
        tried = {row: _sets(ranked[row], len(scores[row]), firsts[row], size, beams.get(row)) for row in rows}
        beams = search.enter(tried, found)
    rows = [row for row in ranked if row not in found]
    search.enter({row: _prefixes(ranked[row], len(scores[row])) for row in rows}, found, last=True)
    return [found[row] for row in range(len(labels))]


def _ranked(scores: np.ndarray, read: np.ndarray, first: int) -> list[int]:
    """Segments that may be grounds, the best of each sentence before all others: those are in every set."""
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


@dataclass(frozen=True)
class _Search:
    """Sets of segments that are judged alone."""

    ensemble: Ensemble
    labels: np.ndarray
    scores: Sequence[np.ndarray]
    margin: float
    removal: Removal

    def enter(
        self, tried: dict[int, np.ndarray], found: dict[int, Rationale], last: bool = False
    ) -> dict[int, np.ndarray]:
        """Enter the best set of each pair that keeps its judgement into `found`; returns the closest of the others.

        last: where none keeps it, the last one tried is entered.
        """
        beams = {}
        asked = ((row, sets) for row, sets in tried.items() if len(sets))
        for row, sets, each in self.ensemble.alone(asked, self.removal):
            logits, scores = each.mean(axis=0), np.nan_to_num(self.scores[row])
            sums, kept = sets @ scores, decide(logits, self.margin) == self.labels[row]
            if not kept.any() and not last:
                towards = lean(logits, int(self.labels[row]), 0.0)
                beams[row] = sets[np.lexsort((-sums, -np.round(towards, 5)))[:WIDTH]]
                continue
            best = _smallest(sets, sums, kept) if kept.any() else len(sets) - 1
            chosen = sorted(np.flatnonzero(sets[best]).tolist(), key=lambda unit: (-scores[unit], unit))
            found[row] = Rationale(tuple(chosen), int(self.labels[row]), logits[best], bool(kept[best]))
        return beams


def _smallest(sets: np.ndarray, sums: np.ndarray, kept: np.ndarray) -> int:
    """The place of the smallest set that keeps the judgement, of as small ones that of the highest sum."""
    sizes = sets.sum(axis=1)
    smallest = np.flatnonzero(kept & (sizes == sizes[kept].min()))
    return int(smallest[np.argmax(sums[smallest])])
