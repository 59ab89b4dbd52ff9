"""Gradient times input, signed: what speaks for the label is positive, what speaks against it negative."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yiju.config.method import Method, Smooth, gradients
from yiju.config.section import Section

if TYPE_CHECKING:
    from yiju.explain.subject import Subject, TokenScores
    from yiju.models.tokens import TokenizedPairs


class Options(Section):
    smooth: Smooth | None = None


METHOD = Method(
    title="Gradient × input",
    summary="first-order effect of each character",
    chinese=("梯度 × 输入", "每个字的一阶作用"),
    source="Shrikumar 2016",
    options=Options,
    passes=gradients,
    judges=True,
)


def attribute(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray | None, options: dict) -> TokenScores:
    """Score tokens by the sum over the width of g * x (Shrikumar 2016).

    x: the embedding layer's output; g: the gradient of the label's log-probability there. Smoothed: the mean of g * x
    over noisy x.
    """
    from yiju.explain.paths import input_scores

    return input_scores(subject, pairs, labels, options["smooth"], lambda products: products.sum(-1))
