"""Integrated gradients, signed: how the log-probability came about on the way from a baseline to the input."""

from __future__ import annotations

import numpy as np

from yiju.attribution.paths import Path, completeness_gap, path_scores
from yiju.attribution.subject import Scores, Subject
from yiju.tokens import Sequences


def attribute(subject: Subject, pairs: Sequences, labels: np.ndarray, options: dict) -> Scores:
    """Score tokens by the sum over the width of (x - x0) * mean gradient on the straight way (Sundararajan 2017).

    x: the embedding layer's output; x0: that of the pair with its own tokens replaced by [PAD] or [MASK], or zero
    vectors (`baseline`). The gradient of the label's log-probability is taken at `steps` points of a Gauss-Legendre
    quadrature. The scores of all tokens, special ones included, sum to log p(x) - log p(x0) but for `gap`; smoothed,
    to the mean over noisy x.
    """
    baseline, smooth = options["baseline"], options["smooth"]
    path = Path.gauss_legendre(baseline, options["steps"])
    values = path_scores(subject, pairs, labels, path, smooth, lambda products: products.sum(-1))
    return Scores(values, completeness_gap(subject, pairs, labels, values, baseline, smooth))
