"""How much each training pair speaks for a judgement: by similarity, by representer points, or by TracIn.

A judgement is known by what its head reads, x, and by s, the gradient of the score with respect to the outputs. Of
training pair i the head read x_i, and g_i is the gradient of its cross-entropy with respect to the outputs.

similarity: the cosine of x_i and x. Pairs with the label that is explained speak for the judgement, others against it.
representer: -g_i[c] x_i·x, what pair i adds to output c in the expansion of the head as a sum over training pairs (Yeh
et al. 2018, https://arxiv.org/abs/1811.09720), without the factor that all pairs share.
tracin: -s·g_i (x_i·x + 1), the change of the score by a step of gradient descent on pair i, of the weight and the bias
of the head, and in the same way of the layer before it; the sum over checkpoints (Pruthi et al. 2020,
https://arxiv.org/abs/2002.08484), each with its learning rate over the mean of those of all checkpoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yiju.base.types import Measure
from yiju.explain.evidence.training_index import Checkpoint

# Pairs of which derivatives are held at a time: few enough for the processor's cache.
BLOCK = 1024


@dataclass(frozen=True)
class ScoreTarget:
    """What is explained of a judgement. target: the class that pairs speak for; against: the class whose label speaks
    against it, None for every other; sign: -1 where a lower number speaks for the judgement; single: whether the model
    gives one number, which is its only output."""

    target: int
    against: int | None
    sign: float
    single: bool

    def output(self, outputs: int) -> np.ndarray:
        """The direction of the outputs that representer points are told of, float32 [outputs]."""
        found = np.zeros(outputs, np.float32)
        if self.single:
            found[0] = self.sign
            return found
        found[self.target] = 1
        if self.against is not None:
            found[self.against] = -1
        return found

    def gradient(self, logits: np.ndarray) -> np.ndarray:
        """The gradient of the score with respect to the outputs, float32 [outputs]: of log p(target), of a difference
        of two outputs, or of the one number."""
        found = self.output(len(logits))
        if self.single or self.against is not None:
            return found
        return found - softmax(logits)


def score_target_of(single: bool, label: int | None, against: int | None = None) -> ScoreTarget:
    """What is explained: a class, or of a model that gives one number what it decides; where that is nothing, the
    training pairs are told that raise the number."""
    if single:
        return ScoreTarget(0 if label == 0 else 1, None, -1.0 if label == 0 else 1.0, True)
    assert label is not None, "of a model with classes one is explained"
    return ScoreTarget(label, against, 1.0, False)


@dataclass(frozen=True)
class Representation:
    """What a checkpoint reads of the judged pair, in each order that decides: vectors [orders, width], inputs [orders,
    inputs]. The outputs are those of the mean of the vectors."""

    vectors: np.ndarray
    inputs: np.ndarray

    @property
    def vector(self) -> np.ndarray:
        return self.vectors.mean(axis=0)


def measured(
    measure: Measure, states: Sequence[Checkpoint], representations: Sequence[Representation], score_target: ScoreTarget
) -> np.ndarray:
    """How much each training pair speaks for the judgement, float32 [pairs]; similarity is without a sign.

    states, representations: of all checkpoints, the last one the model itself, which alone is asked for similarity and
    representer points: of these, the last representation is enough.
    """
    if measure == "similarity":
        return similarity(states[-1].vectors, representations[-1].vector)
    if measure == "representer":
        return representer(states[-1], representations[-1], score_target)
    each = [
        np.float32(state.share) * tracin(state, representation, score_target)
        for state, representation in zip(states, representations, strict=True)
    ]
    return np.stack(each).sum(axis=0)


def similarity(vectors: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """The cosine of each vector, [pairs, width], and one, float32 [pairs]; 0 of a vector that is 0."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors)) * np.linalg.norm(vector)
    found = np.zeros(len(vectors), np.float32)
    np.divide(vectors @ vector, lengths, out=found, where=lengths > 0)
    return found


def representer(state: Checkpoint, representation: Representation, score_target: ScoreTarget) -> np.ndarray:
    """What each pair adds to the explained output, or to the difference of two, float32 [pairs]."""
    return -(state.gradients @ score_target.output(state.gradients.shape[1])) * (state.vectors @ representation.vector)


def tracin(state: Checkpoint, representation: Representation, score_target: ScoreTarget) -> np.ndarray:
    """The change of the score by a step of gradient descent of length 1 on each pair, at one checkpoint."""
    upstream = score_target.gradient(state.weight @ representation.vector + state.bias)
    # The gradient of a bias is that of the weight of an input that is always 1.
    own, before = map(float, state.biases)
    found = -(state.gradients @ upstream) * (state.vectors @ representation.vector + np.float32(own))
    if state.activation is None:
        return found
    orders = len(representation.vectors)
    for vector, inputs in zip(representation.vectors, representation.inputs, strict=True):
        back = (state.weight.T @ upstream) * derivative(state.activation, vector)
        found -= _through(state, state.weight * back) * (state.inputs @ inputs + np.float32(before)) / orders
    return found


def derivative(activation: str, values: np.ndarray) -> np.ndarray:
    """The derivative of an activation, of what it gave."""
    if activation == "tanh":
        return 1 - values * values
    return (values > 0).astype(np.float32) if activation == "relu" else np.ones_like(values)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits [..., outputs]."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _through(state: Checkpoint, weights: np.ndarray) -> np.ndarray:
    """The product of the gradient of each pair and that of the judged one, with respect to what the layer before gives.

    weights: float32 [outputs, width], the head's times the gradient of the judged pair.
    """
    found = np.empty(len(state.vectors), np.float32)
    for first in range(0, len(found), BLOCK):
        rows = slice(first, first + BLOCK)
        slopes = derivative(str(state.activation), state.vectors[rows])
        found[rows] = np.einsum("ij,ij->i", state.gradients[rows], slopes @ weights.T)
    return found
