"""Integrated gradients, signed: how the log-probability came about on the way from a baseline to the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yiju.base.types import Baseline
from yiju.config.method import Method, Smooth, Steps, gradients
from yiju.config.section import Section

if TYPE_CHECKING:
    from yiju.explain.subject import Subject, TokenScores
    from yiju.models.tokens import TokenizedPairs


class Options(Section):
    steps: Steps = 20
    max_steps: Steps = 320
    baseline: Baseline = "mask"
    smooth: Smooth | None = None


METHOD = Method(
    title="Integrated gradients",
    summary="effects added up along a path from hidden characters",
    chinese=("积分梯度", "沿着从遮住到原句的路径累加作用"),
    source="Sundararajan 2017",
    options=Options,
    passes=gradients,
    quick={"max_steps": 20},
)
# Steps are doubled until the gap is this share of the change that the scores add up to, or of LEAST where that is less.
CLOSE, LEAST = 0.01, 0.1


def attribute(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray, options: dict) -> TokenScores:
    """Score tokens by the sum over the width of (x - x0) * mean gradient on the straight way (Sundararajan 2017).

    x: the embedding layer's output; x0: that of the pair with its own tokens replaced by [PAD] or [MASK], or zero
    vectors (`baseline`). The gradient of the label's log-probability is taken at `steps` points of a Gauss-Legendre
    quadrature, twice as many again and again up to `max_steps` where the scores of all tokens, special ones included,
    miss their sum, log p(x) - log p(x0), by more than 1 %; `gap` is what is left. Smoothed, x is the mean over noisy x.
    """
    from yiju.explain.subject import total

    steps = options["steps"]
    found = _scored(subject, pairs, labels, options, steps)
    while steps < options["max_steps"]:
        expected = total(pairs, found.values) - found.gap
        rows = np.flatnonzero(np.abs(found.gap) > CLOSE * np.maximum(np.abs(expected), LEAST))
        if not len(rows):
            break
        steps = min(2 * steps, options["max_steps"])
        more = _scored(subject, pairs.select(rows), labels[rows], options, steps)
        found.gap[rows] = more.gap
        bounds = np.cumsum(pairs.lengths[rows])[:-1]
        for row, values in zip(rows, np.split(more.values, bounds), strict=True):
            found.values[pairs.starts[row] : pairs.starts[row + 1]] = values
    return found


def _scored(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray, options: dict, steps: int) -> TokenScores:
    from yiju.explain.paths import Path, completeness_gap, path_scores
    from yiju.explain.subject import TokenScores

    baseline, smooth = options["baseline"], options["smooth"]
    path = Path.gauss_legendre(baseline, steps)
    values = path_scores(subject, pairs, labels, path, smooth, lambda products: products.sum(-1))
    return TokenScores(values, completeness_gap(subject, pairs, labels, values, baseline, smooth))
