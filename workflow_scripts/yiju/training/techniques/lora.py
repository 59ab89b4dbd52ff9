"""LoRA: only small matrices beside those of the layers learn, and are added to them when the training ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from yiju.base.types import Count
from yiju.config.section import Positive
from yiju.config.technique import Switch, Technique

if TYPE_CHECKING:
    from transformers import PreTrainedModel

WORDS = "exclude each other: LoRA keeps the word embeddings as they are, and the other one moves them"


class Options(Switch):
    enabled: bool = Field(
        default=False, description="On or off; needs the package peft. Saves the optimizer's memory for large models."
    )
    rank: Count = Field(default=8, description="Rank of the matrices.")
    alpha: Positive = Field(default=16.0, description="Their product counts alpha / rank times.")
    dropout: Annotated[float, Field(ge=0, lt=1)] = Field(default=0.0, description="Dropout of their input.")


TECHNIQUE = Technique(
    title="LoRA",
    description="Low-rank adaptation (Hu 2021) of all matrices of the layers: what is saved is a stock model, with the "
    "matrices added. Embeddings stay as they are; pooler and classifier learn whole.",
    options=Options,
    needs="layers",
    whole_weights=True,
    package="peft",
    excludes={"fgm": WORDS, "pgd": WORDS},
)


def during(classifier: PreTrainedModel, options: dict) -> AbstractContextManager[None]:
    """The classifier as it is trained with the technique."""
    return low_rank(classifier, options["rank"], options["alpha"], options["dropout"])


@contextmanager
def low_rank(classifier: PreTrainedModel, rank: int, alpha: float, dropout: float) -> Iterator[None]:
    """Train low-rank matrices and the head of `classifier` alone for the length of the block.

    At the end the matrices' products are added to the weights that they stand beside, and the model is stock again.
    """
    from peft import LoraConfig
    from peft.tuners.lora import LoraModel
    from torch import nn

    from yiju.models.suited import LAYER
    from yiju.models.weight_names import replaceable

    base = classifier.base_model_prefix
    names = [
        name for name, part in classifier.named_modules() if isinstance(part, nn.Linear) and LAYER.search(f"{name}.")
    ]
    head = [weight for name, weight in classifier.named_parameters() if replaceable(name, base)]
    config = LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=names)
    adapted = LoraModel(classifier, config, "default")
    for weight in head:
        weight.requires_grad_(True)
    try:
        yield
    finally:
        adapted.merge_and_unload()
        classifier.requires_grad_(True)
