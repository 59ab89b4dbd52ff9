"""Multi-sample dropout: several masks on the pooled vector, one classifier; what is saved is a stock model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from yiju.config.technique import Switch, Technique

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel


class Options(Switch):
    samples: Annotated[int, Field(ge=2)] = Field(default=5, description="Masks.")
    combine: Literal["sum", "mean"] = Field(
        default="mean", description="sum or mean of their logits; what is saved gives the same logits without dropout."
    )


TECHNIQUE = Technique(
    title="multi-sample dropout",
    description="Several dropout masks on the pooled vector through one classifier.",
    options=Options,
    needs="head",
    whole_weights=True,
)


def during(classifier: PreTrainedModel, options: dict) -> AbstractContextManager[None]:
    """The classifier as it is trained with the technique."""
    return several_masks(classifier, options["samples"], options["combine"])


@contextmanager
def several_masks(classifier: PreTrainedModel, samples: int, combine: str) -> Iterator[None]:
    """Train `classifier`, a BERT with a linear head, under `samples` dropout masks for the length of the block.

    combine: `mean` or `sum` of the logits of all masks. A sum makes the logits, in evaluation too, `samples` times
    those of the head; at the end of the block weight and bias take the factor over, and the model is stock again.
    """
    import torch
    from torch import nn
    from torch.nn import functional

    from yiju.training.dropout_masks import SeveralMasks

    head, plain = classifier.get_submodule("classifier"), classifier.get_submodule("dropout")
    assert isinstance(plain, nn.Dropout), "what a model has that is trained with the technique"
    factor = samples if combine == "sum" else 1

    def scaled(module: nn.Module, args: tuple[Tensor], _: Tensor) -> Tensor:
        # Not the output times the factor: what is evaluated is then to the bit what will be saved.
        return functional.linear(
            args[0], module.get_parameter("weight") * factor, module.get_parameter("bias") * factor
        )

    classifier.dropout = SeveralMasks(plain.p, samples).train(classifier.training)
    handle = head.register_forward_hook(scaled)
    try:
        yield
    finally:
        handle.remove()
        classifier.dropout = plain
    with torch.no_grad():
        for part in (head.get_parameter("weight"), head.get_parameter("bias")):
            part.mul_(factor)
