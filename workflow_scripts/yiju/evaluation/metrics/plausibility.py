"""Plausibility: how far a rationale agrees with the gold one, per item, so that intervals can be drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from yiju.data.items import Gold, Sets
from yiju.explain.rationales.fusion import Choice

SideScore = Callable[[Sequence[int], frozenset[int]], float]


def scored_items(choices: Mapping[str, Choice], gold: Mapping[str, Gold], matched_only: bool = False) -> list[str]:
    """Ids that the values below belong to, in gold's order; matched_only leaves out items without a prediction."""
    return [item for item in gold if not matched_only or item in choices]


def token_f1(
    choices: Mapping[str, Choice],
    gold: Mapping[str, Gold],
    count_repeated: bool = False,
    matched_only: bool = False,
    union: bool = False,
) -> np.ndarray:
    """Token F1 of every item, float64 [items]; its mean is the benchmark's "Macro-F1" (TrustAI/benchmark).

    Per side P = |Sp and Sg| / |Sp|, R = |Sp and Sg| / |Sg|, F = 2PR / (P + R), 0 if either set is empty; an item has
    the mean of both sides, 0 without a prediction. Of several gold sets the best counts; union: or that union of them
    which TrustAI makes, where it fits better (`_unions`).
    count_repeated: |Sp| counts an index as often as it is given. matched_only: items without a prediction are left out
    (TrustAI divides by the matched items).
    """
    items = scored_items(choices, gold, matched_only)
    return _values(choices, items, gold, lambda p, g: _f1(p, g, count_repeated), union)


def iou_f1(
    choices: Mapping[str, Choice],
    gold: Mapping[str, Gold],
    strict: bool = False,
    matched_only: bool = False,
    union: bool = False,
) -> np.ndarray:
    """Share of an item's sides that agree, 0, 0.5 or 1, float64 [items]; its mean is IoU F1 (ERASER, DeYoung 2020).

    A side agrees if |Sp and Sg| / |Sp or Sg| >= 0.5, or > 0.5 with strict. Two empty sets share nothing: 0.
    union: as for `token_f1`.
    """
    items = scored_items(choices, gold, matched_only)
    return _values(choices, items, gold, lambda p, g: _agrees(p, g, strict), union)


def _values(
    choices: Mapping[str, Choice], items: Iterable[str], gold: Mapping[str, Gold], score: SideScore, union: bool
) -> np.ndarray:
    return np.array([_item(choices.get(item), gold[item], score, union) for item in items], dtype=np.float64)


def _item(choice: Choice | None, gold: Gold, score: SideScore, union: bool) -> float:
    if choice is None:
        return 0.0
    return sum(_side(*side, score, union) for side in ((choice.q, gold.q), (choice.t, gold.t))) / 2


def _side(predicted: Sequence[int], sets: Sets, score: SideScore, union: bool) -> float:
    right = [*sets, *(_unions(predicted, sets) if union else ())]
    return max((score(predicted, one) for one in right), default=0.0)


def _unions(predicted: Sequence[int], sets: Sets) -> Iterator[frozenset[int]]:
    """Unions of gold sets as TrustAI makes them (PaddlePaddle/TrustAI, `pick_max_golden_evid`).

    One from each set on: in the order of the sets, one is added if it shares an index with the prediction, brings a new
    one, and raises the token F1 of the union.
    """
    for start in range(len(sets) - 1):
        joined: frozenset[int] = frozenset()
        for one in sets[start:]:
            if one.intersection(predicted) and _f1(predicted, joined | one, False) > _f1(predicted, joined, False):
                joined |= one
        yield joined


def _f1(predicted: Sequence[int], right: frozenset[int], count_repeated: bool) -> float:
    given = len(predicted) if count_repeated else len(set(predicted))
    both = len(right.intersection(predicted))
    if not both:
        return 0.0
    precision, recall = both / given, both / len(right)
    return 2 * precision * recall / (precision + recall)


def _agrees(predicted: Sequence[int], right: frozenset[int], strict: bool) -> float:
    both, either = len(right.intersection(predicted)), len(right.union(predicted))
    # Twice the counts rather than their ratio: one half is then exactly one half.
    return float(either > 0 and (2 * both > either if strict else 2 * both >= either))
