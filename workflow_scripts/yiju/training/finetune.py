"""Fine-tuning: a stock two-label BERT on sentence pairs, the best weights on the selection pairs kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import torch
from accelerate import PartialState
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from yiju import tables
from yiju.encoder.folder import load_model, load_tokenizer, save_folder
from yiju.errors import YijuError
from yiju.predict import predict_logits
from yiju.provenance import copy_file
from yiju.scores import decide
from yiju.tokens import Sequences, by_length, encode_pairs
from yiju.training.loop import Machine, Micro, Plan, fit
from yiju.training.precision import autocast_dtype

log = logging.getLogger(__name__)


class PairLoss(nn.Module):
    """The classifier with its loss: the summed cross-entropy of a batch of pairs."""

    def __init__(self, classifier: PreTrainedModel) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, labels: Tensor, **inputs: Tensor) -> Tensor:
        logits = self.classifier(**inputs).logits
        return functional.cross_entropy(logits.float(), labels, reduction="sum")


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
    ) -> None:
        self.name = name
        self.model = PairLoss(classifier)
        self.embedding = classifier.get_input_embeddings().weight
        self.lengths = pairs.lengths
        self.pairs, self.labels = pairs, torch.from_numpy(labels.astype(np.int64))
        self.selection, self.selection_labels = selection, selection_labels
        self.threshold, self.machine = threshold, machine
        self.dtype = autocast_dtype(precision, machine.device)

    def micro_batches(self, rows: np.ndarray, budget: int, seed: int) -> list[Micro]:  # noqa: ARG002 (nothing drawn)
        batches = [self.pairs.batch(rows[part]) for part in by_length(self.lengths[rows], budget)]
        return [Micro({"labels": self.labels[batch.rows], **batch.inputs()}, len(batch.rows)) for batch in batches]

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
    training, held_out = _split(augmented, selection, fold)
    log.info("fold %d: %d training pairs, %d selection pairs", fold, len(training), len(held_out))
    pairs = encode_pairs(tokenizer, training["q"].to_list(), training["t"].to_list(), settings["max_length"])
    chosen = encode_pairs(tokenizer, held_out["q"].to_list(), held_out["t"].to_list(), settings["max_length"])
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
    )
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


def _report_truncation(pairs: Sequences) -> None:
    cut = int(pairs.truncated.sum())
    if cut:
        log.info("%d of %d pairs are longer than the model takes; their longer side loses its end", cut, len(pairs))
