"""LIME: the weights of a linear model of which segments are left, fitted around the pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yiju.base.types import Removal
from yiju.config.method import Method, Samples, every
from yiju.config.section import Positive, Section

if TYPE_CHECKING:
    from yiju.explain.ensemble import Ensemble, SegmentScores


class Options(Section):
    samples: Samples = 500
    max_samples: Samples | None = None
    removal: Removal = "delete"
    kernel_width: Positive = 0.25


METHOD = Method(
    title="LIME",
    summary="a linear model of random removals",
    chinese=("LIME", "用线性模型拟合随机遮挡"),
    source="Ribeiro 2016",
    options=Options,
    passes=lambda options, length: every(options, "samples"),
    quick={"samples": 100},
    slow=True,
    removes=True,
    draws=True,
)
ALPHA = 1.0


def attribute(ensemble: Ensemble, labels: np.ndarray, options: dict) -> SegmentScores:
    """Score segments by their weights in a local ridge regression of log p(label).

    options: samples, removal, kernel_width. LIME (Ribeiro 2016), as the package `lime` does it for text: the pair
    itself and samples - 1 variants, each without a number of segments drawn evenly from 1..n, those drawn evenly;
    weight sqrt(exp(-d^2 / kernel_width^2)) with d the cosine distance to the pair (there times 100, so that its 25 is
    0.25 here); ridge regression with alpha 1 and a free intercept. What differs: segments are features by position, on
    both sides, not words wherever they occur; log p(label) is fitted, not p; the weights of all features come from one
    regression, none is selected before; equal variants are judged once, and count as often as they were drawn.
    """
    from yiju.explain.ensemble import SegmentScores

    found = SegmentScores.blank(ensemble, error=True)

    def coalitions(row: int) -> np.ndarray:
        return drawn(len(ensemble.players[row]), options["samples"], ensemble.generator(row))

    for row, left, worth in ensemble.play(coalitions, labels, options["removal"]):
        weights, players = proximity(left, options["kernel_width"]), ensemble.players[row]
        for voice, targets in enumerate(worth):
            coefficients, error = ridge(left, targets, weights)
            found.enter(ensemble, row, voice, players, coefficients, error)
    return found


def proximity(left: np.ndarray, kernel_width: float) -> np.ndarray:
    """Weights [variants] by cosine distance to the whole: the cosine of a 0/1 vector and ones is sqrt(share left)."""
    distance = 1 - np.sqrt(left.mean(axis=1)) if left.size else np.zeros(len(left))
    return np.sqrt(np.exp(-(distance**2) / kernel_width**2))


def ridge(features: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients [n] of a weighted ridge regression, its intercept not penalised, and their standard errors [n].

    features: [variants, n], the first of which was not drawn; targets, weights: [variants]. Minimises
    sum w (y - xb - c)^2 + ALPHA |b|^2.
    """
    from yiju.explain.regression import standard_errors

    shares = weights / weights.sum()
    centred = features - shares @ features
    weighted = centred * weights[:, None]
    bread = np.linalg.inv(centred.T @ weighted + ALPHA * np.eye(features.shape[1]))
    coefficients = bread @ (weighted.T @ targets)
    residuals = targets - shares @ targets - centred @ coefficients
    draws = np.arange(len(features)) - 1
    return coefficients, standard_errors(bread, centred, weights * residuals, draws)


def drawn(count: int, samples: int, generator: np.random.Generator) -> np.ndarray:
    """The whole, then samples - 1 variants of it: bool [samples, count], whether a player is left."""
    from yiju.explain.coalitions import random_subsets

    removed = np.zeros((samples, count), dtype=bool)
    if count:
        removed[1:] = random_subsets(generator, generator.integers(1, count + 1, samples - 1), count)
    return ~removed
