"""A pickled checkpoint as a folder of safetensors, its weights under the names that transformers gives them today."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor
from transformers import PreTrainedConfig

from yiju.base.errors import YijuError
from yiju.models.checkpoint import fitted, read_config, shape_of
from yiju.models.folder_files import CONFIG, TOKENIZER_SOURCES, WEIGHTS
from yiju.models.inspect import inspect_model
from yiju.models.tokenizer import load_tokenizer
from yiju.models.weight_names import HEADS, current_names
from yiju.models.weights import PICKLED, has_weights, read_weights, shown

BESIDE = (*TOKENIZER_SOURCES, "generation_config.json")


def convert_checkpoint(folder: Path, out: Path) -> None:
    """Copy a checkpoint with its weights in safetensors and in float32.

    folder: config.json, pytorch_model.bin (or its shards with their index) and the tokeniser's files. Raises YijuError,
    and writes nothing, where the weights are no plain tensors or do not fit the config, or `out` is there.
    """
    if out.exists():
        raise YijuError(f"{out}: there already; name a folder that is not")
    if has_weights(folder, pickled=False):
        raise YijuError(f"{folder}: with {WEIGHTS} there is nothing to convert")
    if not has_weights(folder, pickled=True):
        raise YijuError(f"{folder}: no {PICKLED} here")
    inspect_model(folder)
    load_tokenizer(folder)
    config = read_config(folder)
    state = converted(config, read_weights(folder, pickled=True), folder)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".converting-", dir=out.parent) as scratch:
        whole = Path(scratch) / "whole"
        whole.mkdir()
        # Tied tensors share memory, which safetensors does not store twice; a copy each is loaded the same.
        save_file(
            {name: value.clone().contiguous() for name, value in state.items()}, whole / WEIGHTS, {"format": "pt"}
        )
        _write_config(folder, whole)
        for name in BESIDE:
            if (folder / name).is_file():
                shutil.copyfile(folder / name, whole / name)
        whole.rename(out)


def converted(config: PreTrainedConfig, state: Mapping[str, Tensor], folder: Path) -> dict[str, Tensor]:
    """The weights of encoder and heads under today's names; see `fitted` for what is refused."""
    empty = shape_of(config, "classifier", state, folder)
    base = f"{empty.base_model_prefix}."
    names = current_names(state, empty.state_dict(), empty.base_model_prefix).values()
    if not any(name in empty.state_dict() and not name.startswith(base) for name in names):
        empty = shape_of(config, "masked_lm", state, folder)
    held, drawn = fitted(state, empty, folder, whole=False)
    wrong = [name for name in drawn if name in held]
    if wrong:
        raise YijuError(f"{folder}: {shown(wrong)}: another size than {CONFIG} says; correct num_labels there")
    return {name: value for name, value in held.items() if name in empty.state_dict() or HEADS.match(name)}


def _write_config(folder: Path, out: Path) -> None:
    """The config as it was, but for the format of the weights."""
    told = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    told.pop("torch_dtype", None)
    text = json.dumps(told | {"dtype": "float32"}, indent=2, ensure_ascii=False)
    (out / CONFIG).write_text(f"{text}\n", encoding="utf-8")
