"""Reaching into a model at the output of its embedding layer, and leaving no trace there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from transformers import PreTrainedModel

from yiju.tokens import Batch


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


def log_probability_at(model: PreTrainedModel, batch: Batch, labels: Tensor, output: Tensor) -> Tensor:
    """log p(label), [batch], with `output`, [batch, tokens, width], in the place of the embedding layer's.

    labels: [batch].
    """
    with replaced_embeddings(model, output):
        return model(**batch.inputs()).logits.log_softmax(-1).gather(1, labels[:, None])[:, 0]


def log_probability_gradient(model: PreTrainedModel, batch: Batch, labels: Tensor, output: Tensor) -> Tensor:
    """Gradient of log p(label) with respect to the embedding output, taken at `output`, [batch, tokens, width].

    labels: [batch]. Parameters gather no gradient.
    """
    leaf = output.detach().requires_grad_(True)
    with torch.enable_grad():
        chosen = log_probability_at(model, batch, labels, leaf).sum()
    return torch.autograd.grad(chosen, leaf)[0]
