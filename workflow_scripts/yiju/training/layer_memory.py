"""Gradient checkpointing: less memory for a large model, at the price of a second forward pass through its layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transformers import PreTrainedModel

from yiju.base.errors import YijuError


def checkpoint_layers(model: PreTrainedModel, settings: Mapping[str, Any]) -> None:
    """Let the layers of a model keep nothing for the backward pass but their input, where the settings say so.

    What is learnt stays the same. In evaluation the model is as it was. Raises YijuError for a model whose layers
    cannot.
    """
    if not settings["gradient_checkpointing"]:
        return
    if not model.supports_gradient_checkpointing:
        raise YijuError(
            f"training.gradient_checkpointing: {type(model).__name__} has no layers that transformers can compute "
            "again; set it to false"
        )
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
