"""Reaching into a model at the output of its embedding layer, and leaving no trace there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from transformers import PreTrainedModel

from yiju.tokens import Batch


def embedding_output(model: PreTrainedModel, batch: Batch) -> Tensor:
    """What the embedding layer gives for a batch, its three parts summed and normalised: [batch, tokens, width]."""
    seen: list[Tensor] = []
    handle = model.base_model.embeddings.register_forward_hook(lambda module, args, output: seen.append(output))
    try:
        with torch.no_grad():
            model(**batch.inputs())
    finally:
        handle.remove()
    return seen[0].detach()


@contextmanager
def replaced_embeddings(model: PreTrainedModel, output: Tensor) -> Iterator[None]:
    """Let the model compute on `output` in place of its embedding layer's, for the length of the block."""
    handle = model.base_model.embeddings.register_forward_hook(lambda module, args, _: output)
    try:
        yield
    finally:
        handle.remove()


def log_probability_gradient(model: PreTrainedModel, batch: Batch, labels: Tensor, output: Tensor) -> Tensor:
    """Gradient of log p(label) with respect to the embedding output, taken at `output`, [batch, tokens, width].

    labels: [batch]. Parameters gather no gradient.
    """
    leaf = output.detach().requires_grad_(True)
    with torch.enable_grad(), replaced_embeddings(model, leaf):
        log_probabilities = model(**batch.inputs()).logits.log_softmax(-1)
        chosen = log_probabilities.gather(1, labels[:, None]).sum()
    return torch.autograd.grad(chosen, leaf)[0]
