"""Which segments are the rationale: the best-scored share of each side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

RATIO = 0.705


def rank(scores: Sequence[float | None] | np.ndarray) -> list[int]:
    """Indices of all scores, highest first; equal ones in order of position.

    A score that is not a number is that of a segment that the model did not read: it has no rank.
    """
    values = np.asarray(scores, dtype=np.float64)
    return np.argsort(-values, kind="stable")[: np.count_nonzero(~np.isnan(values))].tolist()


def keep_count(count: int, ratio: float = RATIO) -> int:
    """ceil(ratio * count), in exact decimals: in floats 0.07 * 100 is a little over 7 and would keep 8."""
    if not 0 <= ratio <= 1:
        raise ValueError(f"ratio {ratio} is outside 0..1")
    return math.ceil(Fraction(str(float(ratio))) * count)


def select(scores: Sequence[float | None] | np.ndarray, by: str = "ratio", value: float = RATIO) -> list[int]:
    """The rationale: indices, most important first, as many as `value` says.

    by: "ratio", the top ceil(value * n) (the published 0.705 is the share of gold words in the benchmark;
    TrustAI/benchmark keeps 0.701 and 0.709), whatever their scores are, n counting what was not read too; "share", the
    top ceil(value * n) of the n that were read; "count", the top `value`; "threshold", those of at least `value` times
    the highest score; "mass", as few as hold `value` of the sum of all positive scores. All but "ratio" leave out
    segments with a score of 0 or less, and so give nothing on a side without a positive score.
    """
    ranked, values = rank(scores), np.asarray(scores, dtype=np.float64)
    if by == "ratio":
        return ranked[: keep_count(len(values), value)]
    positive = ranked[: int((values > 0).sum())]
    if by == "share":
        return positive[: keep_count(len(ranked), value)]
    if by == "count":
        return positive[: int(value)]
    ordered = values[positive]
    if not len(ordered):
        return []
    if by == "threshold":
        return positive[: int((ordered >= value * ordered[0]).sum())]
    if by == "mass":
        # A hair less, or rounding in the sum could ask for one more.
        return positive[: int(np.searchsorted(np.cumsum(ordered), value * ordered.sum() * (1 - 1e-12))) + 1]
    raise ValueError(f"no selection by {by!r}; there are ratio, share, count, threshold and mass")
