"""How far the judgement falls as segments are hidden, and how far it would fall in random order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from yiju.app.explainer import Explainer
from yiju.app.web.effort import MOST, Effort, Size
from yiju.explain.explanation import Explanation, Side

# Random orders whose mean is shown, at most, and the seed that they are drawn with.
ORDERS, SEED = 5, 111


def affordable(effort: Effort, size: Size) -> int:
    """How many random orders can be computed beside the curve itself; -1: not even the curve."""
    cost = effort.curve(size)
    return ORDERS if not cost else min(ORDERS, int(MOST // cost) - 1)


def curves_of(explainer: Explainer, found: Explanation, orders: int) -> tuple[list[float], list[float] | None]:
    """The curve of an explanation, and the mean of those of so many random orders, None of none."""
    own, *others = explainer.curves([found, *_shuffled(found, orders)])
    return own, np.mean(others, axis=0).tolist() if others else None


def _shuffled(found: Explanation, orders: int) -> Iterator[Explanation]:
    """The explanation with its scores dealt out anew among the segments that were read."""
    generator = np.random.default_rng(SEED)
    scores = [part.score for side in found.sides for part in side.segments if part.score is not None]
    for _ in range(orders):
        dealt = iter(generator.permutation(len(scores)).astype(float).tolist())
        q, t = (_dealt(side, dealt) for side in found.sides)
        yield replace(found, sides=(q, t))


def _dealt(side: Side, scores: Iterator[float]) -> Side:
    segments = [part if part.score is None else replace(part, score=next(scores)) for part in side.segments]
    return replace(side, segments=tuple(segments))
