"""Counterfactuals: the smallest deletion that turns a judgement, and how the probability falls as units go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yiju.attribution.coalitions import distinct, longest_first
from yiju.attribution.orders import Units, judge_without, mean_logits
from yiju.attribution.subject import Subject
from yiju.kinds import Removal
from yiju.scores import decide, difference, log_probability, probability
from yiju.tokens import Sequences

# Deletions of up to this many units are all tried.
ALL = 2
# Decimals of logits within which two deletions are the same; beyond, they differ by the batch they are judged in.
DECIMALS = 5


@dataclass(frozen=True)
class Deletion:
    """What turns the judgement of a pair.

    label: decided of the whole pair; removed: units to take away, in order of position, None where nothing was found;
    probability: of label 1 without them (of the whole pair, where nothing was found); exact: no deletion of fewer units
    turns it (none at all, where nothing was found), otherwise `removed` is an upper bound.
    """

    label: int
    removed: tuple[int, ...] | None
    probability: float
    exact: bool


def smallest_deletions(
    subject: Subject,
    pairs: Sequences,
    units: Sequence[np.ndarray],
    margin: float,
    removal: Removal,
    limit: int = 8,
    width: int = 8,
    exchanged: Units | None = None,
) -> list[Deletion]:
    """For each pair the fewest units whose deletion turns the decision, and of as few those that turn it furthest.

    units: bool [units, players] for each pair (`yiju.attribution.units`); margin: of the decision, on the model's
    logits; exchanged: the same pairs and units with t first, where the mean of both orders decides. One and two units
    are tried exhaustively; then the `width` deletions that came closest are each enlarged by every unit (beam search),
    up to `limit` units. So what is found of up to three units is exact, and of more an upper bound. Counterfactual by
    erasure: Li 2016, as the smallest set of tokens that changes the decision.
    """
    orders = [Units(pairs, units), *([] if exchanged is None else [exchanged])]
    whole = mean_logits(subject, orders)
    labels, chances = decide(whole, margin).tolist(), probability(difference(whole)).tolist()
    exhausted = [len(own) <= min(limit, ALL + 1) for own in units]
    found = [Deletion(*facts) for facts in zip(labels, [None] * len(pairs), chances, exhausted, strict=True)]
    # Deletions that did not turn the pair, closest first: bool [deletions, units].
    beams = {row: np.zeros((1, len(units[row])), dtype=bool) for row in longest_first(pairs)}
    for size in range(1, limit + 1):
        tried = {row: _enlarged(beam) for row, beam in beams.items()}
        beams, rows = {}, [row for row, removed in tried.items() if len(removed)]
        for row, logits in judge_without(subject, orders, rows, tried.__getitem__, removal):
            order = _furthest_first(logits, labels[row], margin)
            best = order[0]
            if decide(logits[[best]], margin)[0] == labels[row]:
                beams[row] = tried[row][order[: None if size < ALL else width]]
                continue
            removed = tuple(np.flatnonzero(tried[row][best]).tolist())
            chance = float(probability(difference(logits[[best]]))[0])
            found[row] = Deletion(labels[row], removed, chance, size <= ALL + 1)
    return found


def removal_curves(
    subject: Subject,
    pairs: Sequences,
    labels: np.ndarray,
    units: Sequence[np.ndarray],
    rankings: Sequence[Sequence[int]],
    removal: Removal,
    exchanged: Units | None = None,
) -> list[np.ndarray]:
    """p(label) of each pair without its first k ranked units, k = 0, 1, ...: float64 [1 + ranked units] each.

    rankings: unit indices of both sides together, most important first (`yiju.rationale.selection.rank`);
    exchanged: as for `smallest_deletions`. The curve whose area AOPC takes (Samek 2017).
    """
    curves: list[np.ndarray] = [np.empty(0)] * len(pairs)
    orders = [Units(pairs, units), *([] if exchanged is None else [exchanged])]

    def removed(row: int) -> np.ndarray:
        return _one_after_another(len(units[row]), rankings[row])

    for row, logits in judge_without(subject, orders, longest_first(pairs), removed, removal):
        curves[row] = np.exp(log_probability(logits, labels[row]))
    return curves


def _enlarged(deletions: np.ndarray) -> np.ndarray:
    """Every deletion with each unit more, the same one once: bool [enlarged, units]."""
    which, unit = np.nonzero(~deletions)
    larger = deletions[which]
    larger[np.arange(len(which)), unit] = True
    return larger[np.sort(distinct(larger)[0])]


def _furthest_first(logits: np.ndarray, label: int, margin: float) -> np.ndarray:
    """Order of deletions by how far they take the decision to the other side; those that turn it come first."""
    beyond = difference(logits) - margin
    gain = np.round(-beyond if label else beyond, DECIMALS)
    return np.lexsort((-gain, decide(logits, margin) == label))


def _one_after_another(units: int, ranking: Sequence[int]) -> np.ndarray:
    """Nothing, then the first 1, 2, ... of the ranked units: bool [1 + ranked units, units]."""
    return np.tri(1 + len(ranking), len(ranking), -1, dtype=bool) @ np.eye(units, dtype=bool)[list(ranking)]
