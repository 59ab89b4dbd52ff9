"""How far the scores of a method that draws samples hang on the seed."""

from __future__ import annotations

import numpy as np

from yiju import tables
from yiju.leading import leading, leading_apart
from yiju.metrics.agreement import rank_correlation
from yiju.rationale.layout import Layout


def agreement_of_seeds(layout: Layout, first: str, again: str) -> dict[str, np.ndarray]:
    """What two seeds have in common by item, float64 [items] each; nothing where the second ATTRIBUTIONS are empty.

    seeds.spearman: rank correlation of the scores; seeds.first_three: 1 where the same three segments rank first, or
    where the standard errors of either run say that the third and the fourth cannot be told apart, else 0.
    """
    one, other = (tables.read(path, tables.ATTRIBUTIONS).select("score", "error").to_numpy() for path in (first, again))
    if not len(other):
        return {}
    bounds = layout.starts[1:-1]
    pairs = zip(np.split(one, bounds), np.split(other, bounds), strict=True)
    return {
        "seeds.spearman": rank_correlation(layout, one[:, 0], other[:, 0]),
        "seeds.first_three": np.array([_same(*both) for both in pairs], dtype=np.float64),
    }


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    """one, other: scores and standard errors, [segments, 2]."""
    open_ = not (leading_apart(*one.T) and leading_apart(*other.T))
    return open_ or leading(one[:, 0]) == leading(other[:, 0])
