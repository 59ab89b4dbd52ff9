"""What sentence-transformers puts behind an encoder, read from a folder: pooling, dense layers, normalisation."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from yiju.base.errors import YijuError
from yiju.models.config_values import shown
from yiju.models.module_files import Module, Modules
from yiju.models.text_encoder import POOLINGS, Dense, Normalize, Pooling
from yiju.models.weights import read_weights

# What a folder's activation may be, by the name of its class in torch.nn.
ACTIVATIONS = {name: getattr(nn, name) for name in ("Identity", "Tanh", "ReLU", "GELU", "SiLU", "Sigmoid")}
# Keys of older folders that are true for the modes that are meant, in the order in which these are joined.
OLD_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
# What a step reads and writes: before the pooling and behind it.
OF_TOKENS, OF_TEXT = "token_embeddings", "sentence_embedding"
# Steps that do nothing when a model judges, or that the scorer does.
IDLE = ("Transformer", "Dropout", "MultiVectorMask")
INSTEAD = "hand the model's scores to Explainer.of instead"


def read_steps(modules: Modules, pooled: bool, width: int) -> list[nn.Module]:
    """The steps behind the encoder, in order. pooled: whether there is a pooling among them; width: of the encoder.

    Raises YijuError, naming the folder and what would do, for a step that is not known, or not in its place.
    """
    steps: list[nn.Module] = []
    wanted = OF_TOKENS
    for step in modules.steps:
        if step.name in IDLE:
            continue
        _check_kind(step, pooled)
        if step.name == "Pooling":
            wanted, pooling = OF_TEXT, Pooling(_modes(step))
            steps.append(pooling)
            width *= len(pooling.modes)
            continue
        _check_place(step, wanted, pooled)
        if step.name == "Dense":
            dense = _dense(step, width)
            steps.append(dense)
            width = dense.linear.out_features
        else:
            steps.append(Normalize())
    if pooled and wanted == OF_TOKENS:
        raise YijuError(
            f"{modules.steps[0].folder}: no module Pooling, which makes one vector of a text; take a model of "
            f"Transformer and Pooling, or {INSTEAD}"
        )
    return steps


def includes_prompt(modules: Modules) -> bool:
    """Whether the tokens of a prompt are pooled too."""
    pooling = modules.step("Pooling")
    return pooling is None or pooling.config.get("include_prompt", True) is not False


def _check_kind(step: Module, pooled: bool) -> None:
    known = ("Pooling", "Dense", "Normalize") if pooled else ("Dense", "Normalize")
    if step.name not in known:
        raise YijuError(
            f"{step.folder}: a module {step.name}, which yiju does not compute; it knows {', '.join(known)} behind the "
            f"Transformer: {INSTEAD}"
        )


def _check_place(step: Module, wanted: str, pooled: bool) -> None:
    """Refuse a step that does not follow the one before it. Folders without names mean what comes naturally."""
    default = wanted if step.name == "Normalize" else OF_TEXT if pooled else OF_TOKENS
    names = [step.config.get("module_input_name") or default]
    names.append(step.config.get("module_output_name") or names[0])
    if names != [wanted, wanted]:
        raise YijuError(f"{step.folder}: {step.name} of {names[0]} to {names[1]}, where {wanted} is; {INSTEAD}")


def _modes(step: Module) -> list[str]:
    told = step.config.get("pooling_mode")
    old = [mode for key, mode in OLD_MODES.items() if step.config.get(key)]
    modes = ([told] if isinstance(told, str) else told) if told else old or ["mean"]
    if not isinstance(modes, list) or any(mode not in POOLINGS for mode in modes):
        raise YijuError(f"{step.folder}: pooling_mode is {shown(told)}; yiju knows {', '.join(POOLINGS)}: {INSTEAD}")
    return modes


def _dense(step: Module, width: int) -> Dense:
    """A dense layer whose weights are all in its folder."""
    if step.config.get("use_residual"):
        raise YijuError(f"{step.folder}: use_residual, which yiju does not compute; {INSTEAD}")
    weights = read_weights(step.folder, pickled=True)
    needed = {"linear.weight"} | ({"linear.bias"} if step.config.get("bias", True) else set())
    if weights.keys() != needed:
        raise YijuError(f"{step.folder}: its weights are {sorted(weights)}, not {sorted(needed)}; fetch it again")
    matrix = weights["linear.weight"]
    linear = nn.Linear(width, matrix.shape[0], "linear.bias" in needed)
    if matrix.shape != linear.weight.shape or not all(torch.isfinite(one).all() for one in weights.values()):
        raise YijuError(
            f"{step.folder}: weights of the shape {list(matrix.shape)} behind {width} numbers, or such that are not "
            "finite; fetch the whole checkpoint again"
        )
    linear.load_state_dict({name.removeprefix("linear."): value.float() for name, value in weights.items()})
    return Dense(linear, _activation(step))


def _activation(step: Module) -> nn.Module:
    told: Any = step.config.get("activation_function", "torch.nn.modules.activation.Tanh")
    if told is None:
        return nn.Identity()
    name = str(told).rsplit(".", 1)[-1]
    if not str(told).startswith("torch.nn.") or name not in ACTIVATIONS:
        raise YijuError(
            f"{step.folder}: activation_function is {shown(told)}; yiju knows {', '.join(ACTIVATIONS)} of torch.nn: "
            f"{INSTEAD}"
        )
    return ACTIVATIONS[name]()
