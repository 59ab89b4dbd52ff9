"""LIME: the weights of a linear model of which tokens are left, fitted around the pair."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yiju.attribution.coalitions import Game, judge, longest_first, own_tokens, players, random_subsets
from yiju.attribution.subject import Scores, Subject
from yiju.scores import log_probability
from yiju.tokens import Sequences

ALPHA = 1.0


def attribute(subject: Subject, pairs: Sequences, labels: np.ndarray, options: dict) -> Scores:
    """Score tokens by their weights in a local ridge regression of log p(label).

    options: samples, removal, kernel_width. LIME (Ribeiro 2016), as the package `lime` does it for text: the pair
    itself and samples - 1 variants, each without a number of tokens drawn evenly from 1..n, those drawn evenly; weight
    sqrt(exp(-d^2 / kernel_width^2)) with d the cosine distance to the pair (there times 100, so that its 25 is 0.25
    here); ridge regression with alpha 1 and a free intercept. What differs: tokens are features by position, on both
    sides and never [CLS] or [SEP], not words wherever they occur; log p(label) is fitted, not p; the weights of all
    features come from one regression, none is selected before; equal variants are judged once, and count as often as
    they were drawn. Special tokens score nothing.
    """
    values = np.zeros(len(pairs.ids))
    for row, left, logits in judge(subject, pairs, _games(subject, pairs, options["samples"]), options["removal"]):
        weights = proximity(left, options["kernel_width"])
        values[own_tokens(pairs, row)] = ridge(left, log_probability(logits, labels[row]), weights)
    return Scores(values)


def proximity(left: np.ndarray, kernel_width: float) -> np.ndarray:
    """Weights [variants] by cosine distance to the whole: the cosine of a 0/1 vector and ones is sqrt(share left)."""
    distance = 1 - np.sqrt(left.mean(axis=1)) if left.size else np.zeros(len(left))
    return np.sqrt(np.exp(-(distance**2) / kernel_width**2))


def ridge(features: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Coefficients [n] of a weighted ridge regression, its intercept not penalised.

    features: [variants, n]; targets, weights: [variants]. Minimises sum w (y - xb - c)^2 + ALPHA |b|^2.
    """
    shares = weights / weights.sum()
    centred = features - shares @ features
    weighted = centred * weights[:, None]
    return np.linalg.solve(centred.T @ weighted + ALPHA * np.eye(features.shape[1]), weighted.T @ targets)


def _games(subject: Subject, pairs: Sequences, samples: int) -> Iterator[Game]:
    counts = players(pairs)
    for row in longest_first(pairs):
        count = int(counts[row])
        generator = subject.generator(pairs, row)
        removed = np.zeros((samples, count), dtype=bool)
        if count:
            removed[1:] = random_subsets(generator, generator.integers(1, count + 1, samples - 1), count)
        yield row, ~removed
