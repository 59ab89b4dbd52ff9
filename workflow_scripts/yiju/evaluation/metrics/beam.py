"""Beam search on the figures made for pairs: how high and how low they can be, and a rationale that looks at them.

A figure of one model may be .9 at most and one of another model .4, however good the explanations. Between the bounds
of each pair, found by beam search, figures of different models can be compared (NAOPC, Edin 2025, arXiv 2408.08137).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yiju.evaluation.metrics.faithfulness import chances, chances_alone
from yiju.explain.coalitions import distinct
from yiju.explain.ensemble import Ensemble
from yiju.explain.rationales.layout import Layout
from yiju.models.calibration.apply import decide
from yiju.models.removal import Change, Operator, changes_of

# Sets that are enlarged at each step.
WIDTH = 5
# Rationales with more segments of a sentence have no bounds: the search would take too long.
LARGEST = 4
# Segments of a rationale that the search looks for, at most.
LONGEST = 8
# Where the bounds are closer to each other, in probability, nothing is told by the place between them.
FLOOR = 0.01
# Decimals within which two sets are equally good; beyond, they differ by the batch that they are judged in.
DECIMALS = 5


def one_sided_place(
    ensemble: Ensemble, layout: Layout, labels: np.ndarray, rationale: np.ndarray, operator: Operator
) -> np.ndarray:
    """Where between its bounds the fall of p(label) without the rationale of one sentence lies: float64 [pairs].

    From 0 to 1, higher is better: (figure - low) / (high - low), of the mean of both sentences. The bounds are those
    over all sets with as many segments of the sentence as the rationale has, found by beam search of width 5, and the
    figure itself where it lies beyond. Of several draws the sets are looked for with the first one, and measured with
    all. Not a number where the bounds are less than .01 apart, and where the rationale has more than 4 segments of a
    sentence or none at all.

    labels: int [pairs], what is explained; rationale: bool [segments], of segments that were read.
    """
    sizes, change, q = _sizes(layout, rationale), changes_of(operator)[0], layout.sides % 2 == 0
    found = [extremes(ensemble, labels, sizes * side, change, alone=False) for side in ((1, 0), (0, 1))]
    removed = np.stack([[rationale & q, rationale & ~q], *np.stack(found, axis=1)])
    left = chances(ensemble, labels, removed.reshape(6, -1), operator).reshape(3, 2, -1).mean(axis=1)
    # The fall is F(x), which is the same for all, less what is left.
    return _between(-left, sizes)


def alone_place(
    ensemble: Ensemble, layout: Layout, labels: np.ndarray, rationale: np.ndarray, operator: Operator
) -> np.ndarray:
    """Where between its bounds p(label) of nothing but the rationale lies: float64 [pairs]. See `one_sided_place`."""
    sizes = _sizes(layout, rationale)
    sets = extremes(ensemble, labels, sizes, changes_of(operator)[0], alone=True)
    return _between(chances_alone(ensemble, labels, np.stack([rationale, *sets]), operator), sizes)


def extremes(ensemble: Ensemble, labels: np.ndarray, sizes: np.ndarray, change: Change, alone: bool) -> np.ndarray:
    """Sets of given sizes with which p(label) is highest, and lowest, by beam search: bool [2, segments], flat.

    sizes: int [pairs, 2], segments of q and of t, at most as many as were read; alone: whether p(label) is that of
    nothing but the set, or that of the pair without it.
    """
    found, judged = np.zeros((2, ensemble.bounds[-1]), dtype=bool), ensemble.alone if alone else ensemble.without
    totals = sizes.sum(axis=1)
    rows = [row for row in ensemble.longest_first() if totals[row]]
    beams: dict[int, list[np.ndarray]] = {
        row: list(np.zeros((2, 1, ensemble.first.shares[row].shape[1]), dtype=bool)) for row in rows
    }
    for step in range(int(totals.max(initial=0))):
        tried = {
            row: [_enlarged(beam, _allowed(ensemble, row, beam, sizes[row])) for beam in beams[row]]
            for row in rows
            if totals[row] > step
        }
        for row, sets, logits in judged(((row, np.concatenate(both)) for row, both in tried.items()), change):
            values = np.round(ensemble.worth(logits, int(labels[row]))[0], DECIMALS)
            cut = len(tried[row][0])
            high, low = np.argsort(-values[:cut], kind="stable"), np.argsort(values[cut:], kind="stable")
            beams[row] = [sets[:cut][high[:WIDTH]], sets[cut:][low[:WIDTH]]]
    for row in rows:
        found[:, ensemble.own(row)] = [beam[0] for beam in beams[row]]
    return found


def solved(ensemble: Ensemble, labels: np.ndarray, margin: float) -> np.ndarray:
    """A rationale that is looked for by the figures themselves: bool [segments], flat.

    Of sets with one segment of each sentence at least all are tried, then the five best are enlarged, up to eight
    segments in all. The first size decides at which a set alone keeps the judgement (by deletion): of those sets it is
    the one with the highest sum of the two figures made for pairs, removal from one sentence and nothing else left;
    where none keeps it, the best one of the largest. It is about the most that a rationale of its size can reach.

    labels: int [pairs], what is explained; margin: of the decision, on the mean of all logits.
    """
    found = np.zeros(ensemble.bounds[-1], dtype=bool)
    tried = {row: _smallest(ensemble, row) for row in ensemble.longest_first()}
    while tried:
        following = {}
        for row, sets, sums, logits in _worth(ensemble, labels, tried):
            kept = np.flatnonzero(decide(logits, margin) == labels[row])
            order = np.argsort(-np.round(sums, DECIMALS), kind="stable")
            best = order[np.isin(order, kept)] if len(kept) else order
            found[ensemble.own(row)] = sets[best[0]]
            beam = sets[order[:WIDTH]]
            larger = _enlarged(beam, ~beam & ensemble.read(row))
            if not len(kept) and len(larger) and sets[0].sum() < LONGEST:
                following[row] = larger
        tried = following
    return found


def _worth(
    ensemble: Ensemble, labels: np.ndarray, tried: dict[int, np.ndarray]
) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """Sets of each row with the sum of both figures but for F(x), float64 [sets], and their logits alone [sets, 2]."""
    parts = ((row, np.concatenate([sets & side for side in _sides(ensemble, row)])) for row, sets in tried.items())
    sided = ensemble.without(parts, "delete")
    for (row, sets, alone), (_, _, without) in zip(ensemble.alone(iter(tried.items()), "delete"), sided, strict=True):
        label, logits = int(labels[row]), alone.mean(axis=0)
        left = ensemble.figure(without.mean(axis=0), label).reshape(2, -1).mean(axis=0)
        yield row, sets, ensemble.figure(logits, label) - left, logits


def _smallest(ensemble: Ensemble, row: int) -> np.ndarray:
    """All sets of one read segment of each sentence that has one: bool [sets, segments]."""
    read = ensemble.read(row)
    sets = np.zeros((1, len(read)), dtype=bool)
    for side in _sides(ensemble, row):
        if (side & read).any():
            sets = _enlarged(sets, np.tile(side & read, (len(sets), 1)))
    return sets


def _allowed(ensemble: Ensemble, row: int, sets: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Segments that each set may be enlarged by: bool [sets, segments]."""
    room = np.zeros_like(sets)
    for side, most in zip(_sides(ensemble, row), size, strict=True):
        room |= side & ((sets & side).sum(axis=1, keepdims=True) < most)
    return room & ~sets & ensemble.read(row)


def _sides(ensemble: Ensemble, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Which segments of a pair are q's, and which are t's: bool [segments] each."""
    q = np.arange(ensemble.first.shares[row].shape[1]) < ensemble.first.firsts[row]
    return q, ~q


def _enlarged(sets: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Every set with one more of the segments allowed, the same one once: bool [enlarged, segments]."""
    which, unit = np.nonzero(allowed)
    larger = sets[which]
    larger[np.arange(len(which)), unit] = True
    return larger[np.sort(distinct(larger)[0])]


def _sizes(layout: Layout, rationale: np.ndarray) -> np.ndarray:
    """Segments of q and of t in the rationale, 0 of a pair that is not searched: int64 [pairs, 2]."""
    sizes = np.bincount(layout.sides, weights=rationale, minlength=2 * len(layout)).reshape(-1, 2).astype(np.int64)
    return np.where((sizes > LARGEST).any(axis=1, keepdims=True), 0, sizes)


def _between(values: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The place of a figure between the lowest and the highest: [pairs]. values: [figure and bounds, pairs]."""
    low, high = values.min(axis=0), values.max(axis=0)
    told = sizes.any(axis=1) & (high - low >= FLOOR)
    return np.divide(values[0] - low, high - low, out=np.full(len(low), np.nan), where=told)
