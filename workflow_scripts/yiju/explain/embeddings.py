"""Scores and their gradients at the output of the embedding layer, whatever the family of the model."""

from __future__ import annotations

import torch
from torch import Tensor

from yiju.explain.subject import Subject
from yiju.models.tokens import Batch


def embedding_output(subject: Subject, batch: Batch) -> Tensor:
    """What the embedding layer gives for a batch, [batch, tokens, width]; markers, if any, are those of its ids."""
    return subject.scorer.embedding_output(batch)


def score_at(subject: Subject, batch: Batch, labels: Tensor, output: Tensor) -> Tensor:
    """The score, [batch], with `output`, [batch, tokens, width], in the place of the embedding layer's.

    labels: [batch].
    """
    return subject.score_of(subject.scorer.outputs_at(batch, output), labels)


def judged_gradient(subject: Subject, batch: Batch, labels: Tensor | None, output: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient of the score with respect to the embedding output, taken at `output`, and the model's outputs there.

    labels: [batch], or None for the label with the larger output; output: [batch, tokens, width]. Parameters gather no
    gradient.
    """
    leaf = output.detach().requires_grad_(True)
    with torch.enable_grad():
        outputs = subject.scorer.outputs_at(batch, leaf)
        chosen = subject.score_of(outputs, outputs.argmax(-1) if labels is None else labels)
    return torch.autograd.grad(chosen.sum(), leaf)[0], outputs.detach()


def score_gradient(subject: Subject, batch: Batch, labels: Tensor, output: Tensor) -> Tensor:
    """The gradient of `judged_gradient` alone, [batch, tokens, width]."""
    return judged_gradient(subject, batch, labels, output)[0]
