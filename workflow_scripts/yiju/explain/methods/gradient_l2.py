"""Gradient, L2 norm: how steeply the decision changes at each token, whichever way."""

from __future__ import annotations

import numpy as np

from yiju.explain.paths import input_scores
from yiju.explain.subject import Subject, TokenScores
from yiju.models.tokens import Sequences

# Knows the larger logit from the pass that it makes.
JUDGES = True


def attribute(subject: Subject, pairs: Sequences, labels: np.ndarray | None, options: dict) -> TokenScores:
    """Score tokens by ||g||_2 (Simonyan 2014; the norm: Bastings 2022).

    g: the gradient of the label's log-probability with respect to the embedding layer's output. Smoothed: the norm of
    the mean gradient.
    """
    return input_scores(subject, pairs, labels, options["smooth"], lambda mean: mean.norm(dim=-1), times_input=False)
