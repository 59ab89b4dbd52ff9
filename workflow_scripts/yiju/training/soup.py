"""A model soup: the mean of the weights of several trainings that began alike (Wortsman 2022)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import PreTrainedModel

from yiju.base.errors import YijuError
from yiju.models.folder import load_model


@torch.no_grad()
def average_weights(classifier: PreTrainedModel, folders: Sequence[str | Path]) -> None:
    """Give a classifier the mean of the weights of the models in these folders.

    Raises YijuError where one of them has other weights, by name or shape.
    """
    sums = {name: torch.zeros_like(weight, dtype=torch.float64) for name, weight in classifier.named_parameters()}
    for folder in folders:
        own = dict(load_model(folder, "classifier", whole=True).named_parameters())
        if {name: weight.shape for name, weight in own.items()} != {name: one.shape for name, one in sums.items()}:
            raise YijuError(
                f"distill.start: {folder} has other weights than the student; set start: encoder, as only models of "
                "one shape are averaged"
            )
        for name, weight in own.items():
            sums[name] += weight.double()
    for name, weight in classifier.named_parameters():
        weight.copy_(sums[name] / len(folders))
