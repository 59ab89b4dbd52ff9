"""Gradient times input, signed: what speaks for the label is positive, what speaks against it negative."""

from __future__ import annotations

import numpy as np

from yiju.explain.paths import input_scores
from yiju.explain.subject import Subject, TokenScores
from yiju.models.tokens import Sequences

# Knows the larger logit from the pass that it makes.
JUDGES = True


def attribute(subject: Subject, pairs: Sequences, labels: np.ndarray | None, options: dict) -> TokenScores:
    """Score tokens by the sum over the width of g * x (Shrikumar 2016).

    x: the embedding layer's output; g: the gradient of the label's log-probability there. Smoothed: the mean of g * x
    over noisy x.
    """
    return input_scores(subject, pairs, labels, options["smooth"], lambda products: products.sum(-1))
