"""Saves from which a killed training continues: whole or absent, checked when read, the last two kept."""

from __future__ import annotations

import json
import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from yiju.provenance import sha256, write_json

log = logging.getLogger(__name__)
KEEP = 2
FACTS, TENSORS = "state.json", "state.safetensors"


@dataclass
class Best:
    """The best evaluation so far: its update, its value (higher is better), and where its weights lie."""

    update: int = -1
    value: float = float("-inf")


def save(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, update: int, best: Best) -> None:
    """Write weights, optimizer state and counters after `update` updates; no pickle, so that reading runs no code."""
    target = folder / f"save-{update:08d}"
    draft = folder / ".saving"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    tensors = {f"weight/{name}": value.detach() for name, value in model.named_parameters()}
    save_file(tensors | _optimizer_tensors(model, optimizer), draft / TENSORS)
    facts = {"update": update, "best_update": best.update, "best_value": best.value if best.update >= 0 else None}
    write_json(draft / FACTS, facts | {"sha256": sha256(draft / TENSORS)})
    shutil.rmtree(target, ignore_errors=True)
    os.replace(draft, target)
    for old in _saves(folder)[KEEP:]:
        shutil.rmtree(old)


def restore(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[int, Best]:
    """Load the newest whole save into model and optimizer; a damaged one is named and the one before it used.

    Returns the number of updates done (0 without a save) and the best evaluation so far.
    """
    for save_folder in _saves(folder):
        facts = _verified(save_folder)
        if facts is None:
            log.warning("%s is damaged; going back to the save before it", save_folder)
            shutil.rmtree(save_folder)
            continue
        tensors = load_file(save_folder / TENSORS)
        _load_weights(model, tensors)
        _load_optimizer(model, optimizer, tensors)
        best = Best() if facts["best_value"] is None else Best(facts["best_update"], facts["best_value"])
        log.info("continuing after update %d", facts["update"])
        return facts["update"], best
    return 0, Best()


def save_weights(path: Path, model: nn.Module) -> None:
    """Write the weights alone, atomically."""
    draft = path.with_name(f".{path.name}")
    save_file({name: value.detach() for name, value in model.named_parameters()}, draft)
    os.replace(draft, path)


def load_weights(path: Path, model: nn.Module) -> None:
    """Load what `save_weights` wrote."""
    tensors = load_file(path)
    _load_weights(model, {f"weight/{name}": value for name, value in tensors.items()})


def _saves(folder: Path) -> list[Path]:
    """Saves in `folder`, newest first."""
    return sorted((path for path in folder.iterdir() if path.name.startswith("save-")), reverse=True)


def _verified(folder: Path) -> dict | None:
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        return facts if facts["sha256"] == sha256(folder / TENSORS) else None
    except (OSError, ValueError, KeyError):
        return None


def _optimizer_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        f"optimizer/{key}/{name}": value
        for name, parameter in model.named_parameters()
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def _load_weights(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensors[f"weight/{name}"])


def _load_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    named = dict(model.named_parameters())
    for key, value in tensors.items():
        kind, _, rest = key.partition("/")
        if kind == "optimizer":
            entry, _, name = rest.partition("/")
            parameter = named[name]
            # AdamW's step counters stay on the CPU unless they are fused on a GPU, where they follow the weight.
            optimizer.state[parameter][entry] = value.to(parameter.device)
