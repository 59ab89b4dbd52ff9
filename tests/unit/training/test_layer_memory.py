"""Gradient checkpointing: the same gradients, of layers that are computed a second time, or a refusal by name."""

import numpy as np
import pytest
import torch
from families import Row
from pair_tasks import Q, assert_same, gradients, pair_task

from yiju.base.errors import YijuError
from yiju.models.folder import load_model, load_tokenizer
from yiju.training.layer_memory import checkpoint_layers
from yiju.training.objective import Techniques

ROWS = np.arange(len(Q))
ON = {"gradient_checkpointing": True}


def found(folder, settings, techniques):
    """Loss and gradients, and how often the first layer was computed."""
    model = load_model(folder, "classifier")
    checkpoint_layers(model, settings)
    task = pair_task(model, load_tokenizer(folder), techniques)
    layers = next(part for part in model.base_model.modules() if isinstance(part, torch.nn.ModuleList))
    calls = []
    # Of the layer's first part, as the layer is called once whatever is computed again inside.
    next(layers[0].children()).register_forward_hook(lambda *_: calls.append(1))
    model.train()
    torch.manual_seed(3)
    return gradients(task, ROWS, 10**6), len(calls)


@pytest.mark.parametrize("architecture", ["bert", "xlm-roberta", "modernbert", "deberta-v2"])
def test_gradients_are_the_same_and_layers_are_computed_twice(family_folder, architecture):
    folder = family_folder(Row("two labels", architecture))
    plain, once = found(folder, {"gradient_checkpointing": False}, Techniques(rdrop_alpha=1.0))
    again, twice = found(folder, ON, Techniques(rdrop_alpha=1.0))
    assert_same(again, plain)
    assert (once, twice) == (1, 2)


def test_an_albert_is_refused_by_name(family_folder):
    model = load_model(family_folder(Row("two labels", "albert")), "classifier")
    with pytest.raises(YijuError, match=r"^training\.gradient_checkpointing: AlbertForSequenceClassification has no"):
        checkpoint_layers(model, ON)
