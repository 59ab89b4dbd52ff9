"""Distillation: a student learns what a teacher says of pairs, beside their labels (Hinton 2015)."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from accelerate import PartialState
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.files import copy_file, write_json
from yiju.models.folder import load_model, load_tokenizer, name_labels, save_folder
from yiju.models.teacher import TEACHER_SCORES
from yiju.models.tokens import TokenizedPairs, encode_pairs
from yiju.training.batches import Update
from yiju.training.dynamics import margins_of
from yiju.training.finetune import PairTask, under_techniques
from yiju.training.labelled import Labelled, exchanged_items, labelled_items, read_labelled
from yiju.training.layer_memory import checkpoint_layers
from yiju.training.loop import Machine, Plan, fit
from yiju.training.objective import PairLoss, Techniques
from yiju.training.soup import average_weights
from yiju.training.temperature import calibrate_classifier

log = logging.getLogger(__name__)
# The label of a pair that is learnt from the teacher alone.
NONE = -1


class DistilledLoss(PairLoss):
    """The classifier with the loss of a student, summed over the pairs of a batch.

    It is weight * (distance from the teacher) + (1 - weight) * (loss of the label); of a pair without a label the first
    part alone. kind: `kl`, T^2 * KL(teacher || student) of the probabilities at temperature T, whose gradients have one
    size at all temperatures (Hinton 2015); `mse`, the squared distance of the two differences of logits.
    """

    def __init__(
        self, classifier: PreTrainedModel, techniques: Techniques, kind: str, temperature: float, weight: float
    ) -> None:
        super().__init__(classifier, techniques)
        self.kind, self.temperature, self.weight = kind, temperature, weight

    def forward(self, labels: Tensor, teacher: Tensor, **inputs: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """The loss, and how many pairs the pass got right by the larger logit.

        labels: int64 [batch], -1 for none, of which the teacher's decision counts as right; teacher: its differences,
        float64 [batch].
        """
        logits = self._logits(inputs)
        known = labels != NONE
        truth = torch.where(known, labels, (teacher > 0).long())
        hard = functional.cross_entropy(
            logits, truth, reduction="none", label_smoothing=self.techniques.label_smoothing
        )
        soft = distances(logits[:, 1] - logits[:, 0], teacher.to(logits.dtype), self.kind, self.temperature)
        loss = self.weight * soft + (1 - self.weight) * torch.where(known, hard, torch.zeros_like(hard))
        self.margins = margins_of(logits.detach(), truth)
        return loss.sum(), (logits.detach().argmax(1) == truth).sum()


def distances(student: Tensor, teacher: Tensor, kind: str, temperature: float) -> Tensor:
    """How far a student is from its teacher, [batch]; both: differences of logits, [batch].

    kind: `kl` or `mse`; see `DistilledLoss`.
    """
    if kind == "mse":
        return (student - teacher).square()
    told, said = teacher / temperature, student / temperature
    share = torch.sigmoid(told)
    # KL(p || q) = H(p, q) - H(p): the second part has no gradient, and makes the loss 0 where both say the same.
    cross = functional.binary_cross_entropy_with_logits(said, share, reduction="none")
    own = functional.binary_cross_entropy_with_logits(told, share, reduction="none")
    return temperature**2 * (cross - own)


class DistilledTask(PairTask):
    """Pairs with a teacher's differences beside their labels; the best weights are chosen on labelled dev pairs."""

    def __init__(self, *arguments: Any, teacher: np.ndarray, distill: dict, **others: Any) -> None:
        """teacher: float64 [pairs]; distill: loss, temperature and weight; the others: of `PairTask`."""
        super().__init__(*arguments, **others)
        self.teacher = torch.from_numpy(teacher)
        parts = (distill["loss"], distill["temperature"], distill["weight"])
        self.model = DistilledLoss(self.model.classifier, self.techniques, *parts)

    def _inputs(self, rows: np.ndarray, update: Update) -> dict[str, Tensor]:
        return super()._inputs(rows, update) | {"teacher": self.teacher[rows]}


def train_student(
    teacher_scores: str,
    dev: str,
    model: str,
    members: list[str],
    learner: str,
    settings: dict,
    weights: list[str],
    steps: str,
    calibration: str,
    work: str,
    machine: dict,
) -> None:
    """Train a student and write its model folder, its steps and its calibration.

    teacher_scores: table of TEACHER_SCORES; dev: table of the dev items, which choose the best weights and fit the
    calibration; model: folder to start from; members: folders whose mean weights are started from in its place, or
    none. learner: `student` or, on the labels alone, `control`. settings: the `finetune` section of the student with
    `distill`, seed, max_length and the keys of `training`.
    """
    where = Machine(**machine)
    torch.set_num_threads(where.threads)
    tokenizer = load_tokenizer(model)
    classifier = load_model(model, "classifier", settings["seed"])
    if members:
        average_weights(classifier, members)
    checkpoint_layers(classifier, settings)
    chosen = read_labelled([labelled_items(dev)], tokenizer, settings["max_length"])
    if chosen is None:
        raise YijuError("distill: no labelled dev pairs to choose the student's weights by; a dev split is needed")
    training, teacher = _read(teacher_scores, tokenizer, settings, alone=learner == "control")
    log.info("%s: %d training pairs, %d selection pairs", learner, len(training), len(chosen))
    arguments = (
        *(classifier, training.pairs, training.labels, chosen.pairs, chosen.labels, settings["decision_threshold"]),
        *(f"training the {learner}", where, settings["precision"], Techniques.of(settings, classifier, tokenizer)),
    )
    select = settings.get("select", "accuracy")
    if learner == "control":
        task = PairTask(*arguments, select=select)
    else:
        task = DistilledTask(*arguments, teacher=teacher, distill=settings["distill"], select=select)
    with under_techniques(classifier, settings):
        best = fit(task, Plan.of(settings), where, Path(work))
    log.info("%s: best after update %d, %s %.4f", learner, best.update, task.figure.replace("_", " "), best.value)
    if PartialState().is_main_process:
        orders = [chosen.pairs, *exchanged_items(dev, tokenizer, settings)]
        fitted = calibrate_classifier(classifier, orders, chosen.labels, settings, where.batch_tokens)
        write_json(calibration, fitted)
        name_labels(classifier.config, fitted["margin"], settings["average_orders"])
        tokenizer.model_max_length = settings["max_length"]
        save_folder(classifier, tokenizer, weights)
        copy_file(Path(work) / "steps.jsonl", steps)


def _read(
    teacher_scores: str, tokenizer: PreTrainedTokenizerBase, settings: dict, alone: bool
) -> tuple[Labelled, np.ndarray]:
    """The pairs, all of one order before those of the other where both are learnt, and the teacher's differences.

    alone: those with a label only.
    """
    table = tables.read(teacher_scores, TEACHER_SCORES, where=pl.col("label").is_not_null() if alone else None)
    if table.is_empty():
        raise YijuError("distill: no pairs for the student to learn; see ledger.json for what was dropped")
    orders = [("q", "t", "difference")] + [("t", "q", "swapped")] * settings["distill"]["both_orders"]
    pairs, teacher = [], []
    for first, second, column in orders:
        pairs.append(encode_pairs(tokenizer, table[first].to_list(), table[second].to_list(), settings["max_length"]))
        teacher.append(table[column].to_numpy())
    labels = np.tile(table["label"].fill_null(NONE).to_numpy(), len(orders))
    return Labelled(TokenizedPairs.joined(pairs), labels), np.concatenate(teacher)
