"""Gradient, L2 norm: how steeply the decision changes at each token, whichever way."""

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
    title="Gradient, norm",
    summary="how sensitive the judgement is to each character; without direction",
    chinese=("梯度（范数）", "判断对每个字有多敏感；没有方向"),
    source="Simonyan 2014",
    options=Options,
    passes=gradients,
    signed=False,
    judges=True,
)


def attribute(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray | None, options: dict) -> TokenScores:
    """Score tokens by ||g||_2 (Simonyan 2014; the norm: Bastings 2022).

    g: the gradient of the label's log-probability with respect to the embedding layer's output. Smoothed: the norm of
    the mean gradient.
    """
    from yiju.explain.paths import input_scores

    return input_scores(subject, pairs, labels, options["smooth"], lambda mean: mean.norm(dim=-1), times_input=False)
