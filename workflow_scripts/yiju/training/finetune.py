"""Fine-tuning: a stock two-label BERT on sentence pairs, the best weights on the selection pairs kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import polars as pl
import torch
from accelerate import PartialState
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from yiju import tables
from yiju.encoder.folder import load_model, load_tokenizer, save_folder
from yiju.errors import YijuError
from yiju.predict import predict_logits
from yiju.provenance import copy_file
from yiju.scores import decide
from yiju.tokens import Sequences, by_length, encode_pairs
from yiju.training.dropout import several_masks
from yiju.training.loop import Machine, Micro, Plan, fit
from yiju.training.objective import PLAIN, PairLoss, Techniques
from yiju.training.precision import autocast_dtype
from yiju.training.weighting import edit_distance_weights

log = logging.getLogger(__name__)


class PairTask:
    """Training pairs, and the selection pairs on which the best weights are chosen by accuracy."""

    def __init__(
        self,
        classifier: PreTrainedModel,
        pairs: Sequences,
        labels: np.ndarray,
        selection: Sequences,
        selection_labels: np.ndarray,
        threshold: float,
        name: str,
        machine: Machine,
        precision: str,
        techniques: Techniques = PLAIN,
        weights: np.ndarray | None = None,
    ) -> None:
        self.name = name
        self.model = PairLoss(classifier, techniques)
        self.techniques = techniques
        self.weights = None if weights is None else torch.from_numpy(weights)
        self.embedding = classifier.get_input_embeddings().weight
        self.lengths = pairs.lengths
        self.pairs, self.labels = pairs, torch.from_numpy(labels.astype(np.int64))
        self.selection, self.selection_labels = selection, selection_labels
        self.threshold, self.machine = threshold, machine
        self.dtype = autocast_dtype(precision, machine.device)

    def micro_batches(self, rows: np.ndarray, budget: int, seed: int) -> list[Micro]:
        """What is drawn depends on rows and seed, not on the budget: only mixup's partners must share a micro-batch."""
        random = np.random.default_rng(seed)
        mixup, hiding = self.techniques.mixup, self.techniques.hiding
        blend = mixup.draw(random) if mixup else {}
        draws = torch.from_numpy(random.random((len(rows), self.lengths[rows].max()))) if hiding else None
        micros = []
        for part in by_length(self.lengths[rows], budget // self.techniques.passes):
            inputs = self._inputs(rows[part])
            if hiding:
                tokens = inputs["input_ids"].shape[1]
                inputs["input_ids"] = hiding(inputs["input_ids"], draws[part, :tokens])
            if mixup:
                inputs |= blend | {"order": torch.from_numpy(random.permutation(len(part)))}
            micros.append(Micro(inputs, len(part)))
        return micros

    def _inputs(self, rows: np.ndarray) -> dict[str, Tensor]:
        weights = {} if self.weights is None else {"weights": self.weights[rows]}
        return {"labels": self.labels[rows], **weights, **self.pairs.batch(rows).inputs()}

    def evaluate(self) -> dict[str, float]:
        logits = predict_logits(self.model.classifier, self.selection, self.machine.batch_tokens, self.dtype)
        truth = torch.from_numpy(self.selection_labels.astype(np.int64))
        loss = functional.cross_entropy(torch.from_numpy(logits), truth).item()
        accuracy = float((decide(logits, self.threshold) == self.selection_labels).mean())
        return {"accuracy": accuracy, "dev_loss": loss}


def finetune_fold(
    augmented: str,
    selection: str,
    model: str,
    fold: int,
    settings: dict,
    weights: Sequence[str],
    steps: str,
    work: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Train one fold and write its model folder and steps.

    augmented: table of training pairs; the pairs of `fold` are held out. selection: table of the dev items, which
    choose the best weights when nothing is held out. model: folder to start from. settings: the `finetune` section
    with seed, precision, save_every and max_length. weights: the files of the model folder to write.
    """
    machine = Machine(device, threads, batch_tokens)
    torch.set_num_threads(threads)
    tokenizer = load_tokenizer(model)
    classifier = load_model(model, "classifier", settings["seed"] + fold)
    techniques = Techniques.of(settings, classifier, tokenizer)
    training, held_out = _split(augmented, selection, fold)
    log.info("fold %d: %d training pairs, %d selection pairs", fold, len(training), len(held_out))
    pairs, chosen = (
        encode_pairs(tokenizer, table["q"].to_list(), table["t"].to_list(), settings["max_length"])
        for table in (training, held_out)
    )
    _report_truncation(pairs)
    task = PairTask(
        classifier,
        pairs,
        training["label"].to_numpy(),
        chosen,
        held_out["label"].to_numpy(),
        settings["decision_threshold"],
        f"fine-tuning fold {fold}",
        machine,
        settings["precision"],
        techniques,
        _weights(training, settings["weighting"], threads),
    )
    with _masks(classifier, **settings["multi_dropout"]):
        best = fit(task, Plan.of(settings), machine, Path(work))
    log.info("fold %d: best after update %d, accuracy %.4f", fold, best.update, best.value)
    if PartialState().is_main_process:
        save_folder(classifier, tokenizer, weights)
        copy_file(Path(work) / "steps.jsonl", steps)


def _split(augmented: str, selection: str, fold: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    pairs = tables.read(augmented, tables.AUGMENTED)
    held_out = pairs.filter((pl.col("fold") == fold) & (pl.col("operation") == "original"))
    if held_out.is_empty():
        held_out = tables.read(selection, tables.ITEMS).filter(pl.col("label").is_not_null())
    training = pairs.filter(pl.col("fold") != fold)
    for table, what in ((training, "to train on"), (held_out, "to choose the best weights by: a dev split is needed")):
        if table.is_empty():
            raise YijuError(f"finetune.corpora: no labelled pairs {what}; see ledger.json for what was dropped")
    return training, held_out


def _weights(training: pl.DataFrame, weighting: str, threads: int) -> np.ndarray | None:
    if weighting == "none":
        return None
    q, t = training["q"].to_list(), training["t"].to_list()
    return edit_distance_weights(q, t, training["label"].to_numpy(), threads)


def _masks(classifier: PreTrainedModel, enabled: bool, samples: int, combine: str) -> AbstractContextManager:
    return several_masks(classifier, samples, combine) if enabled else nullcontext()


def _report_truncation(pairs: Sequences) -> None:
    cut = int(pairs.truncated.sum())
    if cut:
        log.info("%d of %d pairs are longer than the model takes; their longer side loses its end", cut, len(pairs))
