"""Counterfactuals: the smallest deletion that turns a judgement, and how the probability falls as segments go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yiju.base.types import Removal
from yiju.explain.coalitions import distinct
from yiju.explain.ensemble import Ensemble
from yiju.models.calibration.apply import chance, decide, lean

# Deletions of up to this many segments are all tried.
ALL = 2
# Decimals of logits within which two deletions are the same; beyond, they differ by the batch they are judged in.
DECIMALS = 5


@dataclass(frozen=True)
class Deletion:
    """What turns the judgement of a pair.

    label: decided of the whole pair; removed: segments to take away, q's numbered before t's, in order of position,
    None where nothing was found; outputs: the model's without them, float64 [classes] (of the whole pair, where nothing
    was found); exact: no deletion of fewer segments turns it (none at all, where nothing was found), otherwise
    `removed` is an upper bound.
    """

    label: int
    removed: tuple[int, ...] | None
    outputs: np.ndarray
    exact: bool

    @property
    def probability(self) -> float:
        """Of two labels p(label 1) without the segments, of more p(label)."""
        return float(chance(self.outputs[None], self.label)[0])


def smallest_deletions(
    ensemble: Ensemble,
    margin: float,
    removal: Removal,
    limit: int = 8,
    width: int = 8,
    among: Sequence[Sequence[int] | np.ndarray] | None = None,
) -> list[Deletion]:
    """For each pair the fewest segments whose deletion turns the decision, and of as few those that turn it furthest.

    margin: of the decision, on the mean of all logits; among: the segments of each pair that are tried, all that were
    read unless given. One and two segments are tried exhaustively; then the `width` deletions that came closest are
    each enlarged by every segment (beam search), up to `limit` segments. So what is found of up to three segments is
    exact, and of more an upper bound. Counterfactual by erasure: Li 2016, as the smallest set of tokens that changes
    the decision.
    """
    whole = ensemble.logits()
    labels = decide(whole, margin).tolist()
    units = [np.array(own, dtype=np.int64) for own in (ensemble.players if among is None else among)]
    exhausted = [len(own) <= min(limit, ALL + 1) for own in units]
    found = [Deletion(*facts) for facts in zip(labels, [None] * len(units), whole, exhausted, strict=True)]
    # Deletions that did not turn the pair, closest first: bool [deletions, segments].
    beams = {row: np.zeros((1, ensemble.first.shares[row].shape[1]), dtype=bool) for row in ensemble.longest_first()}
    for size in range(1, limit + 1):
        tried = {row: _enlarged(beam, units[row]) for row, beam in beams.items()}
        beams = {}
        sets = ((row, removed) for row, removed in tried.items() if len(removed))
        for row, removed, each in ensemble.without(sets, removal):
            logits = each.mean(axis=0)
            order = _furthest_first(logits, labels[row], margin)
            best = order[0]
            if decide(logits[[best]], margin)[0] == labels[row]:
                beams[row] = removed[order[: None if size < ALL else width]]
                continue
            gone = tuple(np.flatnonzero(removed[best]).tolist())
            found[row] = Deletion(labels[row], gone, logits[best], size <= ALL + 1)
    return found


def removal_curves(
    ensemble: Ensemble, labels: np.ndarray, rankings: Sequence[Sequence[int]], removal: Removal
) -> list[np.ndarray]:
    """p(label) of each pair without its first k ranked segments, k = 0, 1, ...: float64 [1 + ranked segments] each.

    Of a model that gives one number, that number.

    rankings: segments of both sides together, most important first (`yiju.explain.rationales.selection.rank`). The
    curve whose area AOPC takes (Samek 2017).
    """
    curves: list[np.ndarray] = [np.empty(0)] * len(ensemble)
    sets = ((row, _one_after_another(ensemble, row, rankings[row])) for row in ensemble.longest_first())
    for row, _, logits in ensemble.without(sets, removal):
        curves[row] = ensemble.figure(logits.mean(axis=0), int(labels[row]))
    return curves


def _enlarged(deletions: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Every deletion with each of some segments more, the same one once: bool [enlarged, segments]."""
    which, unit = np.nonzero(~deletions[:, units])
    larger = deletions[which]
    larger[np.arange(len(which)), units[unit]] = True
    return larger[np.sort(distinct(larger)[0])]


def _furthest_first(logits: np.ndarray, label: int, margin: float) -> np.ndarray:
    """Order of deletions by how far they take the decision to the other side; those that turn it come first."""
    gain = np.round(-lean(logits, label, margin), DECIMALS)
    return np.lexsort((-gain, decide(logits, margin) == label))


def _one_after_another(ensemble: Ensemble, row: int, ranking: Sequence[int]) -> np.ndarray:
    """Nothing, then the first 1, 2, ... of the ranked segments: bool [1 + ranked segments, segments]."""
    singles = np.eye(ensemble.first.shares[row].shape[1], dtype=bool)
    return np.tri(1 + len(ranking), len(ranking), -1, dtype=bool) @ singles[list(ranking)]
