"""The output of a model's embedding layer: found whatever the architecture, read, and replaced without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from yiju.models.tokens import Batch


class _Reached(Exception):
    """The embedding layer has computed, and nothing behind it is wanted."""


def embedding_layer(model: PreTrainedModel) -> tuple[nn.Module, str]:
    """The module whose output enters the first layer, and what that output is, in words.

    It is the one that holds the word embeddings together with positions and normalisation; of a model that has none
    (positions enter in every layer, as of Qwen), it is the word embeddings themselves.
    """
    words, embeddings = model.get_input_embeddings(), getattr(model.base_model, "embeddings", None)
    if isinstance(embeddings, nn.Module) and any(module is words for module in embeddings.modules()):
        return embeddings, "the output of the embedding layer"
    return words, "the word embeddings"


def captured(model: PreTrainedModel, batch: Batch) -> Tensor:
    """What the embedding layer gives for a batch, [batch, tokens, width]; nothing behind it is computed."""
    found: list[Tensor] = []

    def stop(_: nn.Module, __: tuple, output: Tensor) -> None:
        found.append(output)
        raise _Reached

    handle = embedding_layer(model)[0].register_forward_hook(stop)
    try:
        with torch.no_grad():
            model(**batch.inputs())
    except _Reached:
        pass
    finally:
        handle.remove()
    return found[0]


@contextmanager
def replaced(model: PreTrainedModel, output: Tensor, where: Tensor | None = None) -> Iterator[None]:
    """Let the model compute on `output` in place of its embedding layer's, for the length of the block.

    where: bool [batch, tokens], the tokens for which it does; all of them where it is not given.
    """

    def instead(_: nn.Module, __: tuple, own: Tensor) -> Tensor:
        return output if where is None else torch.where(where[..., None], output, own)

    handle = embedding_layer(model)[0].register_forward_hook(instead)
    try:
        yield
    finally:
        handle.remove()
