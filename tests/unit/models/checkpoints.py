"""Checkpoints that tests write, and what is said when they are opened."""

import json
import shutil

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from toys import PAIRS

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.models.convert_checkpoint import convert_checkpoint
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.start_encoder import start_encoder

START = {"source": "folder", "revision": None, "marks_matches": False, "max_length": 32, "seed": 1}
TEXTS = [(q, t) for q, t, _ in PAIRS[:5]]


def state_of(folder):
    return load_file(folder / "model.safetensors")


def changed(good, folder, state=None, config=None):
    """A copy of the good folder with other weights, or with other keys in its config."""
    shutil.copytree(good, folder)
    if state is not None:
        save_file({name: value.clone() for name, value in state.items()}, folder / "model.safetensors")
    if config:
        told = json.loads((folder / "config.json").read_text(encoding="utf-8")) | config
        kept = {key: value for key, value in told.items() if value is not None}
        (folder / "config.json").write_text(json.dumps(kept), encoding="utf-8")
    return folder


def pickled(folder, held):
    """The folder with a pickle in place of its safetensors."""
    (folder / "model.safetensors").unlink()
    torch.save(held, folder / "pytorch_model.bin")
    return folder


def started(folder, out, head="classifier"):
    start_encoder(START | {"name": str(folder), "head": head}, None, [out / name for name in FOLDER_FILES])
    return out


def logits(model, tokenizer):
    inputs = tokenizer([q for q, _ in TEXTS], [t for _, t in TEXTS], padding=True, return_tensors="pt")
    with torch.no_grad():
        return model.eval()(**inputs).logits


def stock(folder):
    """What transformers alone makes of a folder; it must find nothing missing, foreign or of another size."""
    kind = transformers.AutoModelForSequenceClassification
    model, told = kind.from_pretrained(folder, output_loading_info=True)
    assert not any(told.values())
    return model


def refused(folder, tmp_path, said):
    """Neither a training nor an explainer nor a conversion takes the folder, and nothing is written."""
    for head in ("masked_lm", "classifier"):
        with pytest.raises(YijuError, match=said) as caught:
            started(folder, tmp_path / "out", head)
        assert "\n" not in str(caught.value)
    with pytest.raises(YijuError, match=said):
        Explainer.from_pretrained(folder)
    if (folder / "model.safetensors").is_file():
        pickled(folder, state_of(folder))
    with pytest.raises(YijuError, match=said):
        convert_checkpoint(folder, tmp_path / "converted")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "converted").exists()
