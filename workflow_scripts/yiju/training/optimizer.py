"""AdamW, its weight groups and its learning rate over time."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn

from yiju.base.errors import YijuError
from yiju.models.suited import LAYER

log = logging.getLogger(__name__)
# What is neither a pooler nor a classifier. `model` holds the encoders of ModernBERT and of decoders.
BELOW_HEAD = re.compile(r"embeddings|(?:^|\.)(?:encoder|transformer|model)\.")
APEX = "https://github.com/NVIDIA/apex with APEX_CPP_EXT=1 APEX_CUDA_EXT=1 pip install --no-build-isolation ."


@dataclass(frozen=True)
class LayerRates:
    """Rates by place: the bottom third of the layers at rate / factor, the top third at rate * factor, the head at
    rate * head."""

    factor: float
    head: float


def adamw(
    model: nn.Module,
    learning_rate: float,
    weight_decay: float,
    layer_rates: LayerRates | None = None,
    apex: bool = False,
) -> torch.optim.Optimizer:
    """AdamW with decay on matrices only: bias and LayerNorm are left alone (Devlin 2019).

    Each weight group bears a `scale`: the multiple of the base rate at which it learns (1 without `layer_rates`).
    apex: whether NVIDIA's apex, where it is installed, does the work instead of torch; for whole weights on a GPU.
    Raises YijuError where `layer_rates` finds no layers, or another package called apex is installed.
    """
    parameters = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    scales = rate_scales([name for name, _ in parameters], layer_rates)
    groups = [
        {
            "params": [weight for name, weight in parameters if scales[name] == scale and (weight.ndim > 1) == matrix],
            "weight_decay": weight_decay if matrix else 0.0,
            "scale": scale,
        }
        for scale in sorted(set(scales.values()))
        for matrix in (True, False)
    ]
    # The wrong apex is told of on every device, before anyone waits for a GPU.
    if has_apex() and apex:
        return _apex_adamw(groups, learning_rate)
    return torch.optim.AdamW(groups, lr=learning_rate, fused=True)


def has_apex() -> bool:
    """Whether NVIDIA's apex is installed, which is not imported for that. Raises YijuError for another apex."""
    found = find_spec("apex")
    if found is None:
        return False
    if any((Path(folder) / "optimizers").is_dir() for folder in found.submodule_search_locations or []):
        return True
    raise YijuError(
        "the installed package apex is not NVIDIA's: the package index has another one by that name. "
        f"Remove it (pip uninstall apex); torch's optimizer is then used, or NVIDIA's, built from {APEX}"
    )


def _apex_adamw(groups: list[dict], learning_rate: float) -> torch.optim.Optimizer:
    """apex's AdamW, with its count of updates also in the state of every weight, as torch's has it.

    So a save holds it, whichever of the two made it.
    """
    from apex.optimizers import FusedAdam

    try:
        optimizer = FusedAdam(groups, lr=learning_rate, adam_w_mode=True)
    except (ImportError, RuntimeError) as error:
        raise YijuError(f"apex was built without its CUDA extensions ({error}); build it from {APEX}") from error
    optimizer.register_step_pre_hook(_take_count)
    optimizer.register_step_post_hook(_leave_count)
    return optimizer


def _take_count(optimizer: torch.optim.Optimizer, *_: object) -> None:
    for group in optimizer.param_groups:
        counts = [optimizer.state[weight]["step"] for weight in group["params"] if optimizer.state.get(weight)]
        if counts:
            group["step"] = int(counts[0])


def _leave_count(optimizer: torch.optim.Optimizer, *_: object) -> None:
    for group in optimizer.param_groups:
        for weight in group["params"]:
            # A weight without a gradient so far has no state, and apex begins one only where there is none at all.
            if optimizer.state.get(weight):
                optimizer.state[weight]["step"] = torch.tensor(float(group["step"]))


def rate_scales(names: list[str], layer_rates: LayerRates | None) -> dict[str, float]:
    """The multiple of the base rate at which each named weight learns.

    Published: layers 0-3, 4-7 and 8-11 at 1/2.6, 1 and 2.6 times the rate, further layers at the rate. Here thirds of
    any depth, by the middle of each layer: equal where 3 divides the depth, else the middle third is the one that
    differs. Layers that share their weights, as ALBERT's do, are one. Embeddings learn at the base rate; what lies
    above the encoder (pooler and classifier) is the head.
    """
    if layer_rates is None:
        return dict.fromkeys(names, 1.0)
    layers = {name: int(found[1]) for name in names if (found := LAYER.search(name))}
    if not layers:
        raise YijuError(
            "finetune.layer_rates: this model has no numbered layers to give rates to; set "
            "finetune.layer_rates.enabled to false, or start from an encoder that has them, such as BERT"
        )
    depth = max(layers.values()) + 1
    if depth == 1:
        log.warning(
            "finetune.layer_rates: the model has one group of layers, which learns at the base rate; "
            "finetune.layer_rates.factor changes nothing"
        )
    thirds = (1 / layer_rates.factor, 1.0, layer_rates.factor)
    above = {name: 1.0 if BELOW_HEAD.search(name) else layer_rates.head for name in names}
    return above | {name: thirds[(2 * layer + 1) * 3 // (2 * depth)] for name, layer in layers.items()}


def rate_at(update: int, total: int, warmup: float, peak: float) -> float:
    """Learning rate of update `update` (from 0): linear from 0 to `peak` over the warm-up, then linear to 0."""
    rising = int(total * warmup)
    if update < rising:
        return peak * (update + 1) / rising
    return peak * (total - update) / max(1, total - rising)
