"""The encoder that a run starts from: built from scratch, a user's folder, or a hub checkpoint at a pinned commit."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import PreTrainedModel

from yiju.encoder import CONFIG, TOKENIZER_FILES, WEIGHTS
from yiju.encoder.build import build_model, build_tokenizer
from yiju.encoder.folder import load_model, load_tokenizer, save_folder
from yiju.encoder.marker import SEGMENT_IDS, declare
from yiju.encoder.vocabulary import read_vocabulary
from yiju.errors import YijuError

log = logging.getLogger(__name__)
PICKLED = "pytorch_model.bin"


def start_encoder(settings: dict, vocabulary: str | None, outputs: Sequence[str]) -> None:
    """Write the run's first model folder.

    settings: the `encoder` section with `marks_matches` resolved, `seed`, and the `head` that is trained next, so that
    a checkpoint keeps what it has of it. What the checkpoint lacks is left out: every training draws that anew from its
    own seed, so that the seeds of a run differ in it. vocabulary: the learnt vocab.txt, for a model from scratch;
    outputs: the folder's files.
    """
    if settings["source"] == "scratch":
        tokens = read_vocabulary(vocabulary)
        shape, marks = settings["scratch"], settings["marks_matches"]
        model = build_model(shape, len(tokens), settings["max_length"], marks, settings["seed"])
        tokenizer = build_tokenizer(tokens, settings["max_length"])
    else:
        with tempfile.TemporaryDirectory() as scratch:
            folder = _fetch(settings)
            folder = _without_pickle(folder, Path(scratch)) if not (folder / WEIGHTS).is_file() else folder
            model, tokenizer = load_model(folder, settings["head"], settings["seed"]), load_tokenizer(folder)
        _check(model, settings)
        if settings["marks_matches"]:
            _widen_segments(model)
    save_folder(model, tokenizer, outputs, getattr(model, "drawn_weights", ()))
    log.info("%s encoder: %.1f million weights", settings["source"], model.num_parameters() / 1e6)


def convert_checkpoint(folder: Path, out: Path) -> None:
    """Copy a checkpoint with its weights in safetensors. Raises YijuError where they are no plain weights, or `out` is.

    folder: config.json, pytorch_model.bin and the tokeniser's files.
    """
    if out.exists():
        raise YijuError(f"{out}: there already; name a folder that is not")
    if not (folder / PICKLED).is_file():
        raise YijuError(f"{folder}: no {PICKLED} here; with {WEIGHTS} there is nothing to convert")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".converting-", dir=out.parent) as scratch:
        whole = Path(scratch) / "whole"
        whole.mkdir()
        _without_pickle(folder, whole)
        whole.rename(out)


def download(name: str, revision: str) -> Path:
    """Fetch a hub checkpoint at a pinned commit into the hub's own cache; offline, what lies there serves."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    wanted = [CONFIG, WEIGHTS, PICKLED, *TOKENIZER_FILES, "vocab.txt"]
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=wanted))
    except (HfHubHTTPError, OSError) as error:
        raise YijuError(
            f"encoder.name: {name} at {revision[:8]} cannot be fetched ({error}); without a network, place the "
            "checkpoint in a folder and set encoder.source: folder, encoder.name: <that folder>"
        ) from error


def _fetch(settings: dict) -> Path:
    if settings["source"] == "hub":
        return download(settings["name"], settings["revision"])
    folder = Path(settings["name"])
    if not folder.is_dir():
        raise YijuError(f"encoder.name: {folder}: no such folder")
    config = folder / CONFIG
    if not config.is_file():
        raise YijuError(f"encoder.name: {config} is missing; a checkpoint folder holds {CONFIG} and {WEIGHTS}")
    if not (folder / WEIGHTS).is_file() and not (folder / PICKLED).is_file():
        raise YijuError(f"encoder.name: {folder} has no weights: put {WEIGHTS} (or {PICKLED}) there")
    return folder


def _without_pickle(folder: Path, out: Path) -> Path:
    """Copy of a folder whose pickled weights became safetensors; code in the pickle is refused, never run."""
    try:
        state = torch.load(folder / PICKLED, map_location="cpu", weights_only=True)
    except Exception as error:
        raise YijuError(f"{folder / PICKLED}: not a file of plain weights ({error})") from error
    # Tied tensors share memory, which safetensors does not store twice; a copy each is loaded the same.
    save_file({key: value.clone().contiguous() for key, value in state.items()}, out / WEIGHTS, {"format": "pt"})
    for name in (CONFIG, "vocab.txt", *TOKENIZER_FILES):
        if (folder / name).is_file():
            shutil.copyfile(folder / name, out / name)
    return out


def _check(model: PreTrainedModel, settings: dict) -> None:
    config = model.config
    if config.is_encoder_decoder or getattr(config, "type_vocab_size", 0) < 2:
        raise YijuError(f"encoder.name: a {config.model_type} model; an encoder with two segment ids (BERT) is needed")
    if settings["max_length"] > config.max_position_embeddings:
        raise YijuError(f"encoder.max_length: this checkpoint reads at most {config.max_position_embeddings} tokens")


def _widen_segments(model: PreTrainedModel) -> None:
    """Give a checkpoint segment ids for marked tokens, which start as copies of those for unmarked ones."""
    if getattr(model.config, "match_marker", False):
        return
    embeddings = model.base_model.embeddings
    sides = embeddings.token_type_embeddings.weight.data[:2]
    embeddings.token_type_embeddings = torch.nn.Embedding.from_pretrained(sides.repeat(2, 1), freeze=False)
    model.config.type_vocab_size = SEGMENT_IDS
    declare(model.config)
