"""Which segments are the rationale: the best-scored share of each side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

RATIO = 0.705


def rank(scores: Sequence[float] | np.ndarray) -> list[int]:
    """All indices, highest score first; equal scores in order of position."""
    values = np.asarray(scores, dtype=np.float64)
    if np.isnan(values).any():
        raise ValueError("a score is not a number; nothing can be ranked by it")
    return np.argsort(-values, kind="stable").tolist()


def keep_count(count: int, ratio: float = RATIO) -> int:
    """ceil(ratio * count), in exact decimals: in floats 0.07 * 100 is a little over 7 and would keep 8."""
    if not 0 <= ratio <= 1:
        raise ValueError(f"ratio {ratio} is outside 0..1")
    return math.ceil(Fraction(str(float(ratio))) * count)


def select(scores: Sequence[float] | np.ndarray, ratio: float = RATIO) -> list[int]:
    """The top ceil(ratio * n) indices, most important first.

    The published ratio 0.705 is the share of gold words in the benchmark (TrustAI/benchmark keeps 0.701 and 0.709).
    """
    return rank(scores)[: keep_count(len(scores), ratio)]
