"""Loading and saving model folders: safetensors only, refused by name when something is missing."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers import (
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from yiju.encoder import CONFIG, FOLDER_FILES, LABELS, WEIGHTS, marker
from yiju.errors import YijuError
from yiju.provenance import publish

log = logging.getLogger(__name__)
HEADS = {"masked_lm": AutoModelForMaskedLM, "classifier": AutoModelForSequenceClassification}
# Its report on fresh heads and its bars say again what our own log says.
transformers_logging.set_verbosity_error()
transformers_logging.disable_progress_bar()


def load_model(folder: str | Path, head: str, seed: int = 0, whole: bool = False) -> PreTrainedModel:
    """Load a checkpoint with a `masked_lm` or a two-label `classifier` head; a head that it lacks is drawn from `seed`.

    whole: refuse a checkpoint that lacks anything. Raises YijuError naming the missing or unreadable file.
    """
    folder = Path(folder)
    _require(folder, (CONFIG, WEIGHTS))
    torch.manual_seed(seed)
    options = {"num_labels": 2} if head == "classifier" else {}
    try:
        model, info = HEADS[head].from_pretrained(
            folder, use_safetensors=True, local_files_only=True, output_loading_info=True, **options
        )
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise YijuError(f"{folder}: not a checkpoint of this kind ({error})") from error
    if info["missing_keys"] and whole:
        raise YijuError(f"{folder}: a checkpoint without {', '.join(sorted(info['missing_keys']))}; fine-tune it first")
    if info["missing_keys"]:
        log.info("%s lacks %s: drawn from the seed", folder, ", ".join(sorted(info["missing_keys"])))
    # Known to `save_folder`, as long as the model lives in this process.
    model.drawn_weights = frozenset(info["missing_keys"])
    if getattr(model.config, "match_marker", False):
        marker.install(model, load_tokenizer(folder).all_special_ids)
    return model


def name_labels(config: PreTrainedConfig, margin: float) -> None:
    """Say in a classifier's config what its labels mean and where it decides, for whoever loads the folder.

    margin: of the decision; to others than yiju, which take the larger logit, a key that they do not know.
    """
    config.id2label, config.label2id = dict(LABELS), {name: label for label, name in LABELS.items()}
    config.problem_type = "single_label_classification"
    config.decision_margin = margin


def load_tokenizer(folder: str | Path) -> PreTrainedTokenizerBase:
    """Load the folder's tokeniser: tokenizer.json, or the vocab.txt of older checkpoints."""
    folder = Path(folder)
    if not any((folder / name).is_file() for name in ("tokenizer.json", "vocab.txt")):
        raise YijuError(f"{folder}: neither tokenizer.json nor vocab.txt here; a model folder holds its tokeniser")
    return AutoTokenizer.from_pretrained(folder, use_fast=True, local_files_only=True)


def save_folder(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    outputs: Iterable[str | Path],
    without: Collection[str] = (),
) -> None:
    """Write model and tokeniser under exactly the given file names (of one folder), each whole or not at all.

    without: names of weights to leave out of the file; whoever loads the folder draws them from a seed.
    """
    outputs = [Path(path) for path in outputs]
    folder = outputs[0].parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".saving-", dir=folder) as name:
        model.save_pretrained(name, state_dict=_all_but(model, without) if without else None)
        tokenizer.save_pretrained(name)
        for path in outputs:
            publish(Path(name) / path.name, path)


def _all_but(model: PreTrainedModel, without: Collection[str]) -> dict[str, torch.Tensor]:
    return {name: weight for name, weight in model.state_dict().items() if name not in without}


def _require(folder: Path, names: Iterable[str]) -> None:
    if not folder.is_dir():
        raise YijuError(f"{folder}: no such model folder; check encoder.name")
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise YijuError(f"{folder}: {', '.join(missing)} missing; a model folder holds {', '.join(FOLDER_FILES)}")
