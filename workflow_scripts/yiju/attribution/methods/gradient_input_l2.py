"""Gradient times input, L2 norm: the published method, and its path form with several integration steps."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from yiju.attribution.embeddings import embedding_output, log_probability_gradient
from yiju.attribution.subject import Scores, Subject
from yiju.tokens import Batch, Sequences


def attribute(subject: Subject, pairs: Sequences, labels: np.ndarray, options: dict) -> Scores:
    """Score tokens by ||g * x||_2.

    x: the embedding layer's output; g: the gradient of the label's log-probability there. With n > 1 `steps` g is the
    mean over x scaled by k/n, k = 1..n, still multiplied by the unscaled x (integrated gradients, Sundararajan 2017,
    from a zero baseline). Norm-aggregated gradients: Bastings 2022.
    """
    steps = options["steps"]

    def score(batch: Batch, labels: Tensor) -> Tensor:
        output = embedding_output(subject.model, batch)
        gradient = torch.zeros_like(output)
        for step in range(1, steps + 1):
            gradient += log_probability_gradient(subject.model, batch, labels, output * (step / steps))
        return (gradient / steps * output).norm(dim=-1)

    return Scores(subject.per_batch(pairs, labels, score))
