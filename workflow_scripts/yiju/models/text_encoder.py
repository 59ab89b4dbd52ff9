"""A text by itself before an encoder: its tokens become a vector, or a vector for each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from yiju.models.embedding_layer import captured, replaced
from yiju.models.tokens import Batch

# What a mean of no token is divided by, as sentence-transformers does.
LEAST = 1e-9


@dataclass(frozen=True)
class Inputs:
    """Texts of one side as an encoder reads them.

    batch: with segment ids of 0; counted: bool [batch, tokens], the tokens that are pooled, or scored.
    """

    batch: Batch
    counted: Tensor


class Pooling(nn.Module):
    """One vector a text of those of its tokens, [batch, modes * width]; of no token it is 0.

    modes: names of `POOLINGS`.
    """

    def __init__(self, modes: Sequence[str]) -> None:
        super().__init__()
        self.modes = tuple(modes)

    def forward(self, states: Tensor, counted: Tensor) -> Tensor:
        pooled = torch.cat([POOLINGS[mode](states, counted) for mode in self.modes], dim=-1)
        return pooled.masked_fill(~counted.any(1, keepdim=True), 0.0)


class Dense(nn.Module):
    """A linear layer with its activation, of the last dimension."""

    def __init__(self, linear: nn.Linear, activation: nn.Module) -> None:
        super().__init__()
        self.linear, self.activation = linear, activation

    def forward(self, states: Tensor, counted: Tensor) -> Tensor:  # noqa: ARG002, as all steps are called
        return self.activation(self.linear(states))


class Normalize(nn.Module):
    """Vectors of length 1."""

    def forward(self, states: Tensor, counted: Tensor) -> Tensor:  # noqa: ARG002, as all steps are called
        return functional.normalize(states, dim=-1)


class TextEncoder(nn.Module):
    """An encoder of transformers without a head, and the steps behind it, each of states and of what is counted."""

    def __init__(self, encoder: PreTrainedModel, steps: Sequence[nn.Module]) -> None:
        super().__init__()
        self.encoder, self.steps = encoder, nn.ModuleList(steps)

    def forward(self, inputs: Inputs, output: Tensor | None = None, where: Tensor | None = None) -> Tensor:
        """Vectors [batch, width] or, without a pooling, [batch, tokens, width].

        output: [batch, tokens, width], taken for the embedding output of the tokens `where`, bool [batch, tokens].
        """
        with nullcontext() if output is None else replaced(self.encoder, output, where):
            states = self.encoder(**inputs.batch.inputs()).last_hidden_state
        for step in self.steps:
            states = step(states, inputs.counted)
        return states

    def embedding_output(self, inputs: Inputs) -> Tensor:
        """What enters the encoder's first layer, [batch, tokens, width]."""
        return captured(self.encoder, inputs.batch)


def _summed(states: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    return (states * weights[..., None]).sum(1), weights.sum(1, keepdim=True).clamp(min=LEAST)


def _mean(states: Tensor, counted: Tensor) -> Tensor:
    total, count = _summed(states, counted.to(states.dtype))
    return total / count


def _mean_sqrt(states: Tensor, counted: Tensor) -> Tensor:
    total, count = _summed(states, counted.to(states.dtype))
    return total / count.sqrt()


def _weighted(states: Tensor, counted: Tensor) -> Tensor:
    """Later tokens count more: the first one once, the second twice."""
    total, count = _summed(states, counted * torch.arange(1, counted.shape[1] + 1).to(states))
    return total / count


def _largest(states: Tensor, counted: Tensor) -> Tensor:
    return states.masked_fill(~counted[..., None], -torch.inf).amax(1)


def _first(states: Tensor, counted: Tensor) -> Tensor:
    return states[torch.arange(len(states)), counted.int().argmax(1)]


def _last(states: Tensor, counted: Tensor) -> Tensor:
    return states[torch.arange(len(states)), counted.shape[1] - 1 - counted.int().flip(1).argmax(1)]


# From states [batch, tokens, width] and the tokens that are counted, bool [batch, tokens], to [batch, width].
POOLINGS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cls": _first,
    "max": _largest,
    "mean": _mean,
    "mean_sqrt_len_tokens": _mean_sqrt,
    "weightedmean": _weighted,
    "lasttoken": _last,
}
