"""Fine-tuning on pairs of any labels, outside of a run: several classes, grades, or similar and not similar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.config import rules
from yiju.config.load import load
from yiju.models.calibration.apply import margin_of
from yiju.models.folder import load_model, load_tokenizer, name_labels, save_folder
from yiju.models.folder_files import FOLDER_FILES, LABELS
from yiju.models.stock import adapt, longest_of
from yiju.models.tokens import TokenizedPairs, encode_pairs
from yiju.training.finetune import PairTask, under_techniques
from yiju.training.graded import scaled
from yiju.training.layer_memory import checkpoint_layers
from yiju.training.loop import Machine, Plan, fit
from yiju.training.objective import Techniques
from yiju.training.resume import Best

# Sections of the configuration that are read here, and keys of the first that are of a run alone.
SECTIONS = ("finetune", "training")
OF_A_RUN = ("corpora", "folds", "grouped_folds", "seeds", "intermediate", "calibrate", "weighting")


@dataclass(frozen=True)
class GivenPairs:
    """Labelled pairs. labels: numbers of classes, or grades of which a higher one means more similar."""

    q: Sequence[str]
    t: Sequence[str]
    labels: Sequence[float]


def finetune_pairs(
    model: str | Path,
    training: GivenPairs,
    selection: GivenPairs,
    out: str | Path,
    work: str | Path,
    config: Mapping[str, Mapping[str, Any]],
    classes: Sequence[str] = tuple(LABELS.values()),
    highest: float = 1.0,
    seed: int = 111,
    machine: Machine | None = None,
) -> Best:
    """Fine-tune the checkpoint in folder `model` and write the folder `out`, which opens with `Explainer`.

    training, selection: pairs that are learnt, and pairs that choose the best weights; work: folder for saves, from
    which the same call goes on. config: the sections `finetune` and `training` of a configuration, as far as they
    differ from the defaults; with `finetune.loss` cross_entropy labels number `classes`, and with bce or mse they are
    grades from 0 to `highest`, learnt by one logit. A head with as many outputs goes on learning, another one is drawn
    from the seed. Raises YijuError for labels that are none of these, for keys
    that only a run reads, and for a checkpoint that does not do.
    """
    settings = _settings(model, config, seed)
    graded = settings["loss"] != "cross_entropy"
    _require_names(settings, classes)
    classifier, tokenizer = _opened(model, seed, 1 if graded else len(classes))
    checkpoint_layers(classifier, settings)
    settings["max_length"] = longest_of(classifier, tokenizer)
    learnt, chosen = (_encoded(pairs, tokenizer, settings["max_length"]) for pairs in (training, selection))
    truth, wanted = (
        scaled(np.asarray(pairs.labels), highest) if graded else _numbered(np.asarray(pairs.labels), len(classes))
        for pairs in (training, selection)
    )
    where = machine or Machine("cpu", torch.get_num_threads(), 2048)
    techniques = Techniques.of(settings, classifier, tokenizer)
    decided = (settings["decision_threshold"], "fine-tuning", where, settings["precision"], techniques)
    select = settings.get("select", "accuracy")
    task = PairTask(classifier, learnt, truth, chosen, wanted, *decided, select=select)
    Path(work).mkdir(parents=True, exist_ok=True)
    with under_techniques(classifier, settings):
        best = fit(task, Plan.of(settings), where, Path(work))
    _save(classifier, tokenizer, settings, classes, Path(out))
    return best


def _settings(model: str | Path, config: Mapping[str, Mapping[str, Any]], seed: int) -> dict[str, Any]:
    """The keys that a training reads, as the rule of a run gives them to it."""
    own = dict(config.get("finetune", {}))
    unread = [key for key in config if key not in SECTIONS] + [f"finetune.{key}" for key in OF_A_RUN if key in own]
    if unread:
        raise YijuError(f"{unread[0]} is read in a run of the workflow only; leave it out")
    run = {"run": "pairs", "seed": seed, "encoder": {"source": "folder", "name": str(model)}}
    sections = {"finetune": own | {"calibrate": False}, "training": dict(config.get("training", {}))}
    return rules.finetune_fold(load(run | sections, []))


def _require_names(settings: Mapping[str, Any], classes: Sequence[str]) -> None:
    if len(classes) < 2 or len(set(classes)) < len(classes):
        raise YijuError(f"classes are {list(classes)}; name two or more, each once")
    if len(classes) > 2 and settings["loss"] != "cross_entropy":
        raise YijuError(f"finetune.loss: {settings['loss']} trains one logit, and {len(classes)} classes are named")
    if len(classes) > 2 and settings["decision_threshold"] != 0.5:
        raise YijuError("finetune.decision_threshold goes with two classes; leave it out")


def _opened(model: str | Path, seed: int, outputs: int) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    classifier, tokenizer = load_model(model, "classifier", seed, outputs=outputs), load_tokenizer(model)
    adapt(classifier, tokenizer)
    return classifier, tokenizer


def _encoded(pairs: GivenPairs, tokenizer: PreTrainedTokenizerBase, max_length: int) -> TokenizedPairs:
    counts = {len(pairs.q), len(pairs.t), len(pairs.labels)}
    if len(counts) > 1 or counts == {0}:
        raise YijuError(f"{len(pairs.q)} q, {len(pairs.t)} t and {len(pairs.labels)} labels; a label for every pair")
    return encode_pairs(tokenizer, pairs.q, pairs.t, max_length)


def _numbered(labels: np.ndarray, classes: int) -> np.ndarray:
    wrong = ~np.isin(labels, np.arange(classes))
    if wrong.any():
        row = int(wrong.argmax())
        raise YijuError(f"label {labels[row]} of row {row} is no class; there are {classes}, from 0 to {classes - 1}")
    return labels.astype(np.int64)


def _save(
    classifier: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    settings: Mapping[str, Any],
    classes: Sequence[str],
    out: Path,
) -> None:
    """Write the folder. A margin is named for two classes alone: where grades decide, nobody has said yet."""
    margin = margin_of(settings["decision_threshold"])
    name_labels(classifier.config, margin, settings["average_orders"], classes)
    if classifier.config.num_labels != len(LABELS):
        del classifier.config.decision_margin
    tokenizer.model_max_length = settings["max_length"]
    save_folder(classifier, tokenizer, [out / name for name in FOLDER_FILES])
