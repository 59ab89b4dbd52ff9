"""Saves from which a killed training continues: whole or absent, checked when read, the last two kept."""

from __future__ import annotations

import json
import logging
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from yiju.provenance import atomic, sha256, write_json

log = logging.getLogger(__name__)
KEEP = 2
FACTS, TENSORS = "state.json", "state.safetensors"


@dataclass
class Best:
    """The best evaluation so far: its update (-1: none yet) and its value, higher being better."""

    update: int = -1
    value: float = float("-inf")


def save(
    folder: Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    update: int,
    best: Best,
    shadow: dict[str, Tensor],
) -> None:
    """Write weights, optimizer state, averaged weights and counters after `update` updates.

    shadow: the moving average by name, empty where none is kept. No pickle, so that reading runs no code.
    """
    target = folder / _save_name(update)
    draft = folder / ".saving"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    tensors = {f"weight/{name}": value.detach() for name, value in model.named_parameters()}
    tensors |= {f"average/{name}": value for name, value in shadow.items()}
    save_file(tensors | _optimizer_tensors(model, optimizer), draft / TENSORS)
    facts = {"update": update, "sha256": sha256(draft / TENSORS), "best": None}
    if best.update >= 0:
        facts["best"] = asdict(best) | {"sha256": sha256(best_weights(folder, best))}
    write_json(draft / FACTS, facts)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(draft, target)
    for old in _saves(folder)[KEEP:]:
        shutil.rmtree(old)
    _forget_unnamed_best(folder)


def restore(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, shadow: dict[str, Tensor]
) -> tuple[int, Best]:
    """Load the newest whole save into model, optimizer and average; a damaged one is named, the one before it used.

    A save is whole if its tensors and the best weights that it names are what was written. Returns the number of
    updates done (0 without a save) and the best evaluation so far. Nothing is deleted: other processes read too.
    """
    for save_folder in _saves(folder):
        facts = _verified(save_folder)
        if facts is None:
            log.warning("%s is damaged; going back to the save before it", save_folder)
            continue
        tensors = load_file(save_folder / TENSORS)
        _load_weights(model, tensors)
        _load_optimizer(model, optimizer, tensors)
        for name, value in shadow.items():
            value.copy_(tensors[f"average/{name}"])
        best = Best(facts["best"]["update"], facts["best"]["value"]) if facts["best"] else Best()
        log.info("continuing after update %d", facts["update"])
        return facts["update"], best
    return 0, Best()


def forget_after(folder: Path, update: int) -> None:
    """Remove saves beyond `update`, which `restore` found damaged, and best weights that no save names."""
    for save_folder in _saves(folder):
        if save_folder.name > _save_name(update):
            shutil.rmtree(save_folder)
    _forget_unnamed_best(folder)


def best_weights(folder: Path, best: Best) -> Path:
    """Where the weights of an evaluation lie: each in a file of its own, so that a save names what it means."""
    return folder / f"best-{best.update:08d}.safetensors"


def save_best(folder: Path, model: nn.Module, best: Best) -> None:
    """Write the weights of the best evaluation, atomically."""
    with atomic(best_weights(folder, best)) as draft:
        save_file({name: value.detach() for name, value in model.named_parameters()}, draft)


def load_best(folder: Path, model: nn.Module, best: Best) -> None:
    """Load what `save_best` wrote."""
    tensors = load_file(best_weights(folder, best))
    _load_weights(model, {f"weight/{name}": value for name, value in tensors.items()})


def _save_name(update: int) -> str:
    return f"save-{update:08d}"


def _forget_unnamed_best(folder: Path) -> None:
    named = set()
    for save_folder in _saves(folder):
        best = json.loads((save_folder / FACTS).read_text(encoding="utf-8"))["best"]
        named |= {best_weights(folder, Best(best["update"]))} if best else set()
    for path in folder.glob("best-*.safetensors"):
        if path not in named:
            path.unlink()


def _saves(folder: Path) -> list[Path]:
    """Saves in `folder`, newest first."""
    return sorted((path for path in folder.iterdir() if path.name.startswith("save-")), reverse=True)


def _verified(folder: Path) -> dict | None:
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        best = facts["best"]
        whole = facts["sha256"] == sha256(folder / TENSORS) and (
            best is None or best["sha256"] == sha256(best_weights(folder.parent, Best(best["update"])))
        )
        return facts if whole else None
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
