"""Saves from which a killed training continues: whole or absent, checked when read, the last two kept."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from yiju.base.errors import YijuError
from yiju.base.files import atomic, sha256, write_json
from yiju.training.dynamics import Dynamics
from yiju.training.faults import is_full
from yiju.training.kept_states import kept_weights
from yiju.training.sharding import gathered, like

log = logging.getLogger(__name__)
KEEP = 2
FACTS, TENSORS = "state.json", "state.safetensors"
MARGINS = "margins"


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
    main: bool = True,
    scaler: torch.amp.GradScaler | None = None,
    margins: Tensor | None = None,
) -> None:
    """Write weights, optimizer state, averaged weights and counters after `update` updates.

    shadow: the moving average by name, empty where none is kept. scaler: that of fp16, or None; margins: those of
    `Dynamics`, or None. Every process calls it, as sharded weights are gathered from all; the main one writes. No
    pickle, so that reading runs no code. Raises YijuError when the disk is full; the save before stays.
    """
    tensors = _gathered(_all_tensors(model, optimizer, shadow), main)
    if not main:
        return
    tensors |= {} if margins is None else {MARGINS: margins}
    target = folder / _save_name(update)
    draft = folder / ".saving"
    shutil.rmtree(draft, ignore_errors=True)
    with _room(folder, tensors, draft):
        draft.mkdir(parents=True)
        save_file(tensors, draft / TENSORS)
        facts = {"update": update, "sha256": sha256(draft / TENSORS), "best": None}
        facts["scaler"] = scaler.state_dict() if scaler else None
        if best.update >= 0:
            facts["best"] = asdict(best) | {"sha256": sha256(best_weights(folder, best))}
        write_json(draft / FACTS, facts)
    if target.exists():
        _remove(target)
    os.replace(draft, target)
    for old in _saves(folder)[KEEP:]:
        _remove(old)
    _forget_unnamed_best(folder)


def restore(
    folder: Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    shadow: dict[str, Tensor],
    scaler: torch.amp.GradScaler | None = None,
    dynamics: Dynamics | None = None,
    main: bool = True,
) -> tuple[int, Best]:
    """Load the newest whole save into model, optimizer, average, loss scaler and dynamics.

    A damaged one is named, and the one before it used. A save is whole if its tensors and the best weights that it
    names are what was written. Returns the number of updates done (0 without a save) and the best evaluation so far.
    Nothing is deleted: other processes read too.
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
        if scaler and facts["scaler"]:
            scaler.load_state_dict(facts["scaler"])
        if dynamics:
            dynamics.restore(tensors.get(MARGINS), main)
        best = Best(facts["best"]["update"], facts["best"]["value"]) if facts["best"] else Best()
        log.info("continuing after update %d", facts["update"])
        return facts["update"], best
    return 0, Best()


def forget_after(folder: Path, update: int) -> None:
    """Remove saves beyond `update`, which `restore` found damaged, and best weights that no save names."""
    for save_folder in _saves(folder):
        if save_folder.name > _save_name(update):
            _remove(save_folder)
    _forget_unnamed_best(folder)


def best_weights(folder: Path, best: Best) -> Path:
    """Where the weights of an evaluation lie: each in a file of its own, so that a save names what it means."""
    return folder / f"best-{best.update:08d}.safetensors"


def save_best(folder: Path, model: nn.Module, best: Best, main: bool = True) -> None:
    """Write the weights of the best evaluation, atomically; every process calls it, the main one writes.

    Those of an earlier one go, unless a save names them. Raises YijuError when the disk is full.
    """
    tensors = _gathered(model.named_parameters(), main)
    if main:
        with _room(folder, tensors), atomic(best_weights(folder, best)) as draft:
            save_file(tensors, draft)
        _forget_unnamed_best(folder, best)


def keep_state(folder: Path, model: nn.Module, update: int, main: bool = True) -> None:
    """Write the weights after an update for `yiju.training.kept_states`; every process calls it, the main one writes.

    Raises YijuError when the disk is full.
    """
    tensors = _gathered(model.named_parameters(), main)
    if main:
        with _room(folder, tensors), atomic(kept_weights(folder, update)) as draft:
            save_file(tensors, draft)


def load_best(folder: Path, model: nn.Module, best: Best) -> None:
    """Load what `save_best` wrote."""
    tensors = load_file(best_weights(folder, best))
    _load_weights(model, {f"weight/{name}": value for name, value in tensors.items()})


def needed_bytes(model: nn.Module, kept: int = 0) -> int:
    """What the saves of a training take on disk at most: the kept ones, the one being written, and best weights.

    A save holds the weights, two moments of AdamW, and an average; best weights are kept for each save that names them.
    kept: states that are kept along the way.
    """
    weights = sum(weight.numel() * weight.element_size() for weight in model.parameters())
    return ((KEEP + 1) * (4 + 1) + kept) * weights


def _save_name(update: int) -> str:
    return f"save-{update:08d}"


def _remove(save_folder: Path) -> None:
    """Remove a save at a stroke: what is left of one by a process killed half-way is no save."""
    going = save_folder.with_name(".going")
    shutil.rmtree(going, ignore_errors=True)
    os.replace(save_folder, going)
    shutil.rmtree(going)


def _forget_unnamed_best(folder: Path, newest: Best | None = None) -> None:
    """Remove best weights that no save names, but for the newest, which the next save will name.

    A save that cannot be read any more is never gone back to.
    """
    named = {best_weights(folder, newest)} if newest else set()
    for save_folder in _saves(folder):
        with suppress(OSError, ValueError):
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


def _all_tensors(
    model: nn.Module, optimizer: torch.optim.Optimizer, shadow: dict[str, Tensor]
) -> Iterator[tuple[str, Tensor]]:
    for name, parameter in model.named_parameters():
        yield f"weight/{name}", parameter
        for key, value in optimizer.state.get(parameter, {}).items():
            yield f"optimizer/{key}/{name}", value
    for name, value in shadow.items():
        yield f"average/{name}", value


def _gathered(tensors: Iterable[tuple[str, Tensor]], main: bool) -> dict[str, Tensor]:
    """The tensors whole, on the main process; others only lend their pieces."""
    whole = ((name, gathered(value, main)) for name, value in tensors)
    return {name: value for name, value in whole if value is not None}


@contextmanager
def _room(folder: Path, tensors: dict[str, Tensor], draft: Path | None = None) -> Iterator[None]:
    """Turn the error of a full disk into a message, its draft removed."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        if not is_full(error):
            raise
        free = shutil.disk_usage(folder).free
        if draft:
            shutil.rmtree(draft, ignore_errors=True)
        needed = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
        raise YijuError(
            f"{folder}: no room for a save ({error}): it needs {needed / 1e6:.1f} MB, {free / 1e6:.1f} MB are free. "
            "Make room (or raise the quota) and run the same command again: it continues from the save before"
        ) from None


def _load_weights(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(like(tensors[f"weight/{name}"], parameter))


def _load_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    named = dict(model.named_parameters())
    for key, value in tensors.items():
        kind, _, rest = key.partition("/")
        if kind == "optimizer":
            entry, _, name = rest.partition("/")
            parameter = named[name]
            # AdamW's step counters stay on the CPU unless they are fused on a GPU, where they follow the weight.
            optimizer.state[parameter][entry] = like(value, parameter)
