"""Whether an approximate matrix says what the exact one says: the sign of its strongest cell, the order of all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from yiju.evaluation.metrics.agreement import rank_correlation
from yiju.explain.rationales.layout import Layout


def agreement_with_exact(matrices: Sequence[np.ndarray], exact: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """How far matrices agree with the exact ones, over the cells that both know: float64 [pairs], by name.

    same_sign: 1 where the cell that is furthest from 0 in the matrix has the same sign in the exact one, else 0;
    rank_correlation: Spearman's correlation of the cells of both. matrices, exact: float64 [q segments, t segments] of
    each pair, not a number where a cell is not known. A figure is not a number of a pair that has too few such cells.
    """
    cells = [
        np.stack([one.ravel(), other.ravel()])[:, ~np.isnan(one + other).ravel()]
        for one, other in zip(matrices, exact, strict=True)
    ]
    layout = Layout(np.array([[own.shape[1], 0] for own in cells], dtype=np.int64).reshape(-1, 2))
    both = np.concatenate([np.zeros((2, 0)), *cells], axis=1)
    signs = np.array([_same_sign(*own) for own in cells], dtype=np.float64)
    return {"same_sign": signs, "rank_correlation": rank_correlation(layout, *both)}


def _same_sign(own: np.ndarray, exact: np.ndarray) -> float:
    """Of the cells of a pair."""
    if not own.size:
        return np.nan
    strongest = np.argmax(np.abs(own))
    return float(own[strongest] * exact[strongest] > 0)
