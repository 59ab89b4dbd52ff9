"""Reaching into a model at the output of its embedding layer, and leaving no trace there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from transformers import PreTrainedModel

from yiju.models.tokens import Batch


def embedding_output(model: PreTrainedModel, batch: Batch) -> Tensor:
    """What the embedding layer gives for a batch, its three parts summed and normalised: [batch, tokens, width].

    Markers, where the model has them, are those of the ids given.
    """
    with torch.no_grad():
        return model.base_model.embeddings(input_ids=batch.input_ids, token_type_ids=batch.token_type_ids)


@contextmanager
def replaced_embeddings(model: PreTrainedModel, output: Tensor) -> Iterator[None]:
    """Let the model compute on `output` in place of its embedding layer's, for the length of the block."""
    handle = model.base_model.embeddings.register_forward_hook(lambda module, args, _: output)
    try:
        yield
    finally:
        handle.remove()


def logits_at(model: PreTrainedModel, batch: Batch, output: Tensor) -> Tensor:
    """Logits, [batch, 2], with `output`, [batch, tokens, width], in the place of the embedding layer's."""
    with replaced_embeddings(model, output):
        return model(**batch.inputs()).logits


def log_probability(logits: Tensor, labels: Tensor) -> Tensor:
    """log p(label), [batch]. logits: [batch, 2]; labels: [batch]."""
    return logits.log_softmax(-1).gather(1, labels[:, None])[:, 0]


def log_probability_at(model: PreTrainedModel, batch: Batch, labels: Tensor, output: Tensor) -> Tensor:
    """log p(label), [batch], with `output`, [batch, tokens, width], in the place of the embedding layer's.

    labels: [batch].
    """
    return log_probability(logits_at(model, batch, output), labels)


def judged_gradient(
    model: PreTrainedModel, batch: Batch, labels: Tensor | None, output: Tensor
) -> tuple[Tensor, Tensor]:
    """Gradient of log p(label) with respect to the embedding output, taken at `output`, and the logits there.

    labels: [batch], or None for the label with the larger logit; output: [batch, tokens, width]. Parameters gather no
    gradient.
    """
    leaf = output.detach().requires_grad_(True)
    with torch.enable_grad():
        logits = logits_at(model, batch, leaf)
        chosen = log_probability(logits, logits.argmax(-1) if labels is None else labels)
    return torch.autograd.grad(chosen.sum(), leaf)[0], logits.detach()


def log_probability_gradient(model: PreTrainedModel, batch: Batch, labels: Tensor, output: Tensor) -> Tensor:
    """The gradient of `judged_gradient` alone, [batch, tokens, width]."""
    return judged_gradient(model, batch, labels, output)[0]
