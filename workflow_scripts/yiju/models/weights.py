"""Reading the weights of a checkpoint folder: safetensors, or pickles of tensors alone, whole or in shards."""

from __future__ import annotations

import logging
import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from yiju.base.errors import YijuError
from yiju.models.folder_files import WEIGHTS
from yiju.models.inspect import read_json

log = logging.getLogger(__name__)
PICKLED = "pytorch_model.bin"
INDEX = ".index.json"
# Every file name that a checkpoint folder may keep its weights under, for whoever fetches one.
PATTERNS = (WEIGHTS, WEIGHTS + INDEX, "model-*.safetensors", PICKLED, PICKLED + INDEX, "pytorch_model-*.bin")
# Keys under which training programs keep the weights beside epoch, optimizer and the like.
NESTED = ("model_state_dict", "state_dict", "model", "module", "model_state", "weights")
# A file of git-lfs that was never fetched begins so.
POINTER = b"version https://git-lfs"
# The argument that torch advises to change.
ADVICE = "weights_only"
# How a pickle begins, by itself or in an archive of torch's.
BEGINNINGS = (b"PK", *(bytes([0x80, protocol]) for protocol in range(2, 6)))


def has_weights(folder: Path, pickled: bool) -> bool:
    """Whether the folder holds weights as safetensors or, where `pickled` files count too, as a pickle."""
    return _chosen(folder, pickled) is not None


def weight_files(folder: Path, pickled: bool) -> list[Path]:
    """The files of a folder's weights, in order. Raises YijuError where there are none, or a shard is missing."""
    chosen = _chosen(folder, pickled)
    if chosen is None:
        raise YijuError(f"{folder} has no weights: {WEIGHTS} missing{_instead(folder, pickled)}")
    return _shards(chosen) if chosen.name.endswith(INDEX) else [chosen]


def read_weights(folder: Path, pickled: bool) -> dict[str, Tensor]:
    """All tensors of a folder's weights, by name, as they are stored.

    pickled: whether pytorch_model.bin is read too, where there are no safetensors; only plain tensors are, and nothing
    in it is run. Raises YijuError, naming file and remedy, for a file that is missing, damaged or something else.
    """
    state: dict[str, Tensor] = {}
    for file in weight_files(folder, pickled):
        tensors = _read(file)
        twice = sorted(state.keys() & tensors.keys())
        if twice:
            raise YijuError(f"{file}: {shown(twice)} is in another shard too; fetch the checkpoint again")
        state |= tensors
    return state


def shown(names: list[str], limit: int = 4) -> str:
    """The first few of many names, and how many more there are."""
    rest = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + rest


def _chosen(folder: Path, pickled: bool) -> Path | None:
    names = (WEIGHTS, WEIGHTS + INDEX, *((PICKLED, PICKLED + INDEX) if pickled else ()))
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _instead(folder: Path, pickled: bool) -> str:
    """What a folder without weights holds instead, and what to do about it."""
    if not pickled and _chosen(folder, pickled=True):
        return f"; there is a pickle, which `yiju convert-checkpoint {folder} OUT` writes as {WEIGHTS}"
    if (folder / "adapter_config.json").is_file():
        return "; there is an adapter alone (PEFT): merge it into its base model and save that"
    return "; a checkpoint folder holds its weights under this name"


def _shards(index: Path) -> list[Path]:
    try:
        names = sorted(set(read_json(index)["weight_map"].values()))
    except (KeyError, TypeError, AttributeError):
        raise YijuError(f"{index}: not an index of shards (a JSON file with weight_map); fetch it again") from None
    # A name that leads out of the folder is nobody's shard.
    foreign = [name for name in names if not isinstance(name, str) or Path(name).name != name]
    if foreign or not names:
        raise YijuError(f"{index}: names {foreign or 'no'} files as shards; the shards lie beside the index")
    missing = [name for name in names if not (index.parent / name).is_file()]
    if missing:
        raise YijuError(f"{index.parent}: {shown(missing)} missing, which {index.name} names; fetch all shards")
    return [index.parent / name for name in names]


def _read(file: Path) -> dict[str, Tensor]:
    with file.open("rb") as opened:
        begin = opened.read(len(POINTER))
    if begin == POINTER:
        raise YijuError(
            f"{file}: not a checkpoint of this kind but a pointer of git-lfs; fetch the weights themselves (git lfs "
            "pull, or download the file)"
        )
    return _plain(file) if file.suffix == ".safetensors" else unpack(_unpickle(file), file)


def _plain(file: Path) -> dict[str, Tensor]:
    try:
        return load_file(file)
    except (SafetensorError, ValueError, RuntimeError) as error:
        raise YijuError(
            f"{file}: not a checkpoint of this kind: these {file.stat().st_size} bytes are no whole safetensors file "
            f"({_first_line(error)}); fetch or save it again"
        ) from None


def _unpickle(file: Path) -> object:
    """What a pickle holds, read by torch without running any of it."""
    try:
        # torch warns of old formats, and advises to read what it refuses in the way that runs code.
        with warnings.catch_warnings(action="ignore"):
            return torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:
        raise YijuError(f"{file}: not a file of plain weights: {_problem(file, error)}") from None


def _problem(file: Path, error: Exception) -> str:
    """Why torch reads no tensors from a file, without its advice to read it in the way that runs code."""
    # torch raises errors of many kinds over a damaged file, and names the class of an object of anybody else's.
    said = str(error)
    held = _held(said) if isinstance(error, pickle.UnpicklingError) or ADVICE in said else None
    with file.open("rb") as opened:
        is_pickle = opened.read(2) in BEGINNINGS
    if held or (ADVICE in said and is_pickle):
        return (
            f"it holds {held or 'objects that are no tensors'}, which yiju never loads, since a pickled object can run "
            "code; where you trust the file, load it with the program that wrote it and save model.state_dict() alone"
        )
    reason = "" if ADVICE in said else f" ({_first_line(error)})"
    return f"torch cannot read these {file.stat().st_size} bytes{reason}; fetch or save it again"


def _held(said: str) -> str | None:
    """What a file holds beside tensors, as far as torch names it."""
    if "TorchScript" in said:
        return "a program (TorchScript)"
    found = re.search(r"GLOBAL ([\w.]+)|(?:global|class|type) ([\w.]+\.[\w.]+)", said)
    return found[1] or found[2] if found else None


def unpack(held: object, file: Path) -> dict[str, Tensor]:
    """The named tensors of what a pickle holds, also where they lie under a key beside epoch, optimizer and the like.

    Raises YijuError, naming the keys that there are, where no named tensors are found.
    """
    while isinstance(held, Mapping) and not any(isinstance(value, Tensor) for value in held.values()):
        key = next((key for key in NESTED if isinstance(held.get(key), Mapping)), None)
        if key is None:
            keys = shown([str(key) for key in held])
            raise YijuError(
                f"{file}: not a file of plain weights: it holds {keys or 'nothing'}, and no tensors, neither at the "
                f"top nor under {', '.join(NESTED)}; save model.state_dict() alone"
            )
        log.warning("%s: the weights are taken from its key %s", file, key)
        held = held[key]
    if not isinstance(held, Mapping):
        raise YijuError(f"{file}: not a file of plain weights but a {type(held).__name__}; save model.state_dict()")
    return _tensors(held, file)


def _tensors(held: Mapping, file: Path) -> dict[str, Tensor]:
    others = [str(key) for key, value in held.items() if not isinstance(value, Tensor)]
    if others:
        log.warning("%s: left out what is no tensor: %s", file, shown(others))
    return {str(key): value.detach() for key, value in held.items() if isinstance(value, Tensor)}


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).split("\n")[0].rstrip(".")
