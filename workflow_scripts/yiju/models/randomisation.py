"""Weights drawn anew from the top of a model down: what is left of an explanation after each step (Adebayo 2018)."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
from torch import nn

from yiju.models.randomisation_steps import ALL
from yiju.models.text_encoder import TextEncoder


def drawn_anew(model: nn.Module, seed: int) -> nn.Module:
    """A copy of a model with all weights drawn anew; the model and torch's random numbers stay as they are."""
    copied = copy.deepcopy(model)
    with torch.random.fork_rng(range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []):
        for _ in cascade(copied, seed):
            pass
    return copied


def cascade(model: nn.Module, seed: int) -> Iterator[str]:
    """Draw the weights of a model anew, in place, as its configuration draws those of a new one, step by step.

    Yields the name of each step (a key of `yiju.models.randomisation_steps.STEPS`) when it is done. A weight is drawn
    once: later steps draw further ones. A model without a list of as many modules as its configuration names layers has
    one step only, `all`.
    """
    torch.manual_seed(seed)
    fresh = _fresh(model).state_dict()
    for step, names in _weights(model).items():
        model.load_state_dict({name: fresh[name] for name in names}, strict=False)
        yield step


def _fresh(model: nn.Module) -> nn.Module:
    """A new model of the same kind."""
    if not isinstance(model, TextEncoder):
        return type(model)(model.config)
    steps = [copy.deepcopy(step) for step in model.steps]
    for linear in (part for step in steps for part in step.modules() if isinstance(part, nn.Linear)):
        linear.reset_parameters()
    return TextEncoder(type(model.encoder)(model.encoder.config), steps)


def _weights(model: nn.Module) -> dict[str, list[str]]:
    """The names of the weights that are drawn anew at each step.

    The weights before those of the layers, in the order of the model, are its embeddings; those behind them are what
    reads the last layer.
    """
    names, layers = list(model.state_dict()), _layers(model)
    if layers is None:
        return {ALL: names}
    place, count = layers
    depths = {name: int(name[len(place) :].split(".")[0]) for name in names if name.startswith(place)}
    first = next(number for number, name in enumerate(names) if name in depths)
    head = [name for name in names[first:] if name not in depths]
    steps = {"classifier": head}
    if count > 1:
        steps["upper_half"] = head + [name for name, depth in depths.items() if depth >= count // 2]
    return steps | {"layers": head + list(depths), ALL: names}


def _layers(model: nn.Module) -> tuple[str, int] | None:
    """The beginning of the names of the layers' weights, and the number of layers."""
    config = model.encoder.config if isinstance(model, TextEncoder) else model.config
    count = getattr(config, "num_hidden_layers", None)
    for name, module in model.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == count:
            return f"{name}.", count
    return None
