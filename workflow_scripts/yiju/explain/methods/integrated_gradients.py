"""Integrated gradients, signed: how the log-probability came about on the way from a baseline to the input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from yiju.base.types import Baseline
from yiju.config.method import BACKWARD, Method, Smooth, Steps
from yiju.config.section import Section
from yiju.explain.stretches import Stretches, halved_where_needed

if TYPE_CHECKING:
    from yiju.explain.subject import Subject, TokenScores
    from yiju.models.tokens import TokenizedPairs


class Options(Section):
    steps: Steps = 20
    max_steps: Steps = 320
    baseline: Baseline = "mask"
    smooth: Smooth | None = None


# A way that needs more than the first steps is cut into so many stretches, each with its share of these steps.
PARTS = 4
# By so large a share of the change that the scores add up to, or of LEAST where the change is less, they may miss it.
CLOSE, LEAST = 0.01, 0.1


def passes(options: Mapping[str, Any], _length: int) -> float:
    """At most: the first steps, then twice as many gradients as the last stretches have, and log p at their ends."""
    steps, most = options["steps"], options.get("max_steps", 0)
    samples = (options.get("smooth") or {}).get("samples", 1)
    if most <= steps:
        return BACKWARD * steps * samples
    return samples * (2 * most * BACKWARD + 4 * most / max(1, steps // PARTS))


METHOD = Method(
    title="Integrated gradients",
    summary="effects added up along a path from hidden characters",
    chinese=("积分梯度", "沿着从遮住到原句的路径累加作用"),
    source="Sundararajan 2017",
    options=Options,
    passes=passes,
    quick={"max_steps": 20},
)


def attribute(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray, options: dict) -> TokenScores:
    """Score tokens by the sum over the width of (x - x0) * mean gradient on the straight way (Sundararajan 2017).

    x: the embedding layer's output; x0: that of the pair with its own tokens replaced by [PAD] or [MASK], or zero
    vectors (`baseline`). The gradient of the label's log-probability is taken at `steps` points of a Gauss-Legendre
    quadrature. Where the scores of all tokens, special ones included, miss their sum, log p(x) - log p(x0), by more
    than 1 %, the way is cut into stretches, and those that miss most of theirs are halved again and again, up to
    `max_steps` points in all (adaptive quadrature); `gap` is what is left. Smoothed, x is the mean over noisy x.
    """
    from yiju.explain.subject import total

    steps = options["steps"]
    found = _scored(subject, pairs, labels, options, steps)
    allowed = CLOSE * np.maximum(np.abs(total(pairs, found.values) - found.gap), LEAST)
    rows = np.flatnonzero(np.abs(found.gap) > allowed)
    few = max(1, steps // PARTS)
    if options["max_steps"] <= steps or not len(rows):
        return found

    def score(pair: np.ndarray, low: np.ndarray, high: np.ndarray) -> Stretches:
        chosen = pairs.select(pair)
        own = _scored(subject, chosen, labels[pair], options, few, low, high)
        return Stretches(pair, low, high, own.gap, np.split(own.values, chosen.starts[1:-1]))

    stretches = halved_where_needed(score, rows, min(PARTS, steps), allowed, options["max_steps"] // few)
    for row in rows:
        found.values[pairs.starts[row] : pairs.starts[row + 1]], found.gap[row] = stretches.of_pair(row)
    return found


def _scored(
    subject: Subject,
    pairs: TokenizedPairs,
    labels: np.ndarray,
    options: dict,
    steps: int,
    low: np.ndarray | None = None,
    high: np.ndarray | None = None,
) -> TokenScores:
    """Scores of the whole way or of a stretch of each pair's, from `low` to `high`, float64 [pairs]; and their gaps."""
    from yiju.explain.paths import Path, completeness_gap, path_scores
    from yiju.explain.subject import TokenScores

    baseline, smooth = options["baseline"], options["smooth"]
    path = Path.gauss_legendre(baseline, steps)
    stretch = low is not None and high is not None
    values = path_scores(
        subject, pairs, labels, path.between(low, high) if stretch else path, smooth, lambda products: products.sum(-1)
    )
    if stretch:
        values *= np.repeat(high - low, pairs.lengths)
    return TokenScores(values, completeness_gap(subject, pairs, labels, values, baseline, smooth, low, high))
