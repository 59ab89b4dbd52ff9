"""Mixup: what a pair is at one place inside the model, blended with what another pair of the batch is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from yiju.config.section import Positive
from yiju.config.technique import Switch, Technique

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers import PreTrainedModel


class Options(Switch):
    enabled: bool = Field(default=False, description="On or off; doubles the time of an update.")
    at: Literal["embedding", "pooler", "last", "inner"] = Field(
        default="embedding",
        description="What is blended: embedding, pooler, last (layer) or inner (a layer at random).",
    )
    beta: Positive = Field(default=1.0, description="Both parameters of the Beta distribution of the share.")


TECHNIQUE = Technique(
    title="mixup",
    description="A second loss on pairs blended with others of the batch.",
    options=Options,
    needs="layers and head",
    excludes={"rdrop": "both ask for a second forward pass of their own"},
)


@dataclass(frozen=True)
class Mixup:
    """Where pairs are blended and how; `layers`: layers of the encoder."""

    at: str
    beta: float
    layers: int

    def draw(self, random: np.random.Generator) -> dict[str, Tensor]:
        """Place (0: embeddings, 1 to layers: after that layer, layers + 1: pooler) and share of the pair itself."""
        import torch

        share = random.beta(self.beta, self.beta)
        return {"place": torch.tensor(self._place(random)), "share": torch.tensor(share, dtype=torch.float64)}

    def _place(self, random: np.random.Generator) -> int:
        if self.at == "inner":
            return int(random.integers(1, self.layers + 1))
        return {"embedding": 0, "last": self.layers, "pooler": self.layers + 1}[self.at]


@contextmanager
def blended(classifier: PreTrainedModel, place: int, order: Tensor, share: Tensor) -> Iterator[None]:
    """Replace the output h at `place` by share * h + (1 - share) * h[order] for the length of the block.

    place: as in `Mixup.draw`; order: int64 [batch]; share: a number (Zhang 2018; for inner layers Verma 2019). Layers
    below see each pair under its own mask. Those above see what either partner has: the blended sequence is as long as
    the longer one, the shorter one lending its [PAD] vectors, and what lies beyond both stays hidden.
    """
    embeddings, layers, pooler = map(classifier.base_model.get_submodule, ("embeddings", "encoder.layer", "pooler"))
    modules = [embeddings, *layers.children(), pooler]

    def blend(_: nn.Module, __: tuple, output: Tensor | tuple) -> Tensor | tuple:
        # Layers of some encoders return their hidden states with what else there is.
        hidden, *others = output if isinstance(output, tuple) else (output,)
        mixed = hidden * share + hidden[order] * (1 - share)
        return (mixed, *others) if isinstance(output, tuple) else mixed

    def widen(_: nn.Module, args: tuple) -> tuple:
        hidden, mask, *others = args
        return hidden, _either(mask, order), *others

    above = [layer.register_forward_pre_hook(widen) for layer in modules[place + 1 : -1]]
    handles = [modules[place].register_forward_hook(blend), *above]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _either(mask: Tensor | None, order: Tensor) -> Tensor | None:
    """What a pair or its partner attends to; no mask at all stands for a batch without padding."""
    import torch

    if mask is None:
        return None
    # True against False, or 0 against a large negative number added to the scores.
    return mask | mask[order] if mask.dtype == torch.bool else torch.maximum(mask, mask[order])
