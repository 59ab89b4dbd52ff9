"""Gradient times input, L2 norm: the published method, and its path form with several integration steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yiju.config.method import Method, Smooth, Steps, gradients
from yiju.config.section import Section

if TYPE_CHECKING:
    from yiju.explain.subject import Subject, TokenScores
    from yiju.models.tokens import TokenizedPairs


class Options(Section):
    steps: Steps = 1
    smooth: Smooth | None = None


METHOD = Method(
    title="Gradient × input, norm",
    summary="the published method; with several steps, gradients are averaged on the way from zero; without direction",
    chinese=("梯度 × 输入（范数）", "已发表的方法；没有方向"),
    options=Options,
    passes=gradients,
    signed=False,
    judges=True,
)


def attribute(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray | None, options: dict) -> TokenScores:
    """Score tokens by ||g * x||_2.

    x: the embedding layer's output; g: the gradient of the label's log-probability there. With n > 1 `steps` g is the
    mean over x scaled by k/n, k = 1..n, still multiplied by the unscaled x (integrated gradients, Sundararajan 2017,
    from a zero baseline). Norm-aggregated gradients: Bastings 2022. Smoothed: the mean of g * x comes before the norm.
    """
    from yiju.explain.paths import Path, input_scores, path_scores
    from yiju.explain.subject import TokenScores

    if options["steps"] == 1:
        return input_scores(subject, pairs, labels, options["smooth"], lambda products: products.norm(dim=-1))
    path = Path.up_to_input(options["steps"])
    return TokenScores(
        path_scores(subject, pairs, labels, path, options["smooth"], lambda products: products.norm(dim=-1))
    )
