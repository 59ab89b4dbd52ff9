"""Fine-tuning: a classifier or a one-logit cross-encoder on sentence pairs, whose best weights are kept."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import cast

import numpy as np
import polars as pl
import torch
from accelerate import PartialState
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.files import copy_file, write_json
from yiju.base.members import member_seed, parse_member
from yiju.base.types import Select
from yiju.config.technique import enabled, load_technique
from yiju.models.calibration.apply import decide, margin_of
from yiju.models.folder import load_model, load_tokenizer, name_labels, save_folder
from yiju.models.inference import predict_logits
from yiju.models.outputs import two_outputs
from yiju.models.tokens import TokenizedPairs, by_length
from yiju.training.batches import Update
from yiju.training.dynamics import Dynamics, summarised
from yiju.training.fast_bert import optimise, read_first
from yiju.training.kept_states import write_states
from yiju.training.known import require_known
from yiju.training.labelled import Labelled, exchanged_items, labelled_items, read_labelled
from yiju.training.layer_memory import checkpoint_layers
from yiju.training.loop import Machine, MicroBatch, Plan, fit
from yiju.training.objective import PLAIN, PairLoss, Techniques, pair_losses
from yiju.training.precision import autocast_dtype
from yiju.training.shapes import Shapes
from yiju.training.temperature import calibrate_classifier
from yiju.training.weight_choice import figure_of, selection_value

log = logging.getLogger(__name__)


class PairTask:
    """Training pairs, and the selection pairs on which the best weights are chosen.

    They are chosen by the figure that `select` names or, where labels are graded, by the rank correlation of labels and
    logits. With `Masking` the choice looks at the mean of this figure on them and on a masked copy of each.
    """

    unit = "pairs"

    def __init__(
        self,
        classifier: PreTrainedModel,
        pairs: TokenizedPairs,
        labels: np.ndarray,
        selection: TokenizedPairs,
        selection_labels: np.ndarray,
        threshold: float,
        name: str,
        machine: Machine,
        precision: str,
        techniques: Techniques = PLAIN,
        weights: np.ndarray | None = None,
        describe: Callable[[int], str] = "pair {}".format,
        dynamics: Dynamics | None = None,
        select: Select = "accuracy",
    ) -> None:
        """labels: int [pairs], or where the loss is of one logit, its targets between 0 and 1.

        describe: how a training pair, by its row, is shown to people; dynamics: keeps what is said of each pair.
        """
        self.name, self.describe, self.dynamics = name, describe, dynamics
        self.model = PairLoss(classifier, techniques)
        self.techniques = techniques
        self.weights = None if weights is None else torch.from_numpy(weights)
        self.embedding = cast(nn.Parameter, classifier.get_input_embeddings().weight)
        self.lengths = pairs.lengths
        self.pairs, self.labels = pairs, self._targets(labels)
        self.selection, self.selection_labels = selection, selection_labels
        self.figure = figure_of(select, selection_labels)
        self.masked = techniques.masking.copies(selection) if techniques.masking else None
        self.evaluated = sum(int(pairs.lengths.sum()) for pairs in (selection, self.masked) if pairs)
        self.margin, self.machine = margin_of(threshold), machine
        self.dtype = autocast_dtype(precision, machine.device)
        self.shapes = Shapes.of(machine.device, self.dtype, pairs)
        optimise(classifier, machine.device, self.dtype)
        read_first(classifier)

    def micro_batches(self, rows: np.ndarray, budget: int, seed: int, update: Update | None = None) -> list[MicroBatch]:
        """What is drawn depends on rows and seeds, not on the budget: only mixup's partners share a micro-batch."""
        random = np.random.default_rng(seed)
        mixup = self.techniques.mixup
        blend = mixup.draw(random) if mixup else {}
        micros = []
        # Mixup chooses among the pairs of a micro-batch, so these are then as large as the budget allows.
        cut = by_length if mixup else self.shapes.cut
        for part in cut(self.lengths[rows], budget // self.techniques.passes):
            inputs = self._inputs(rows[part], update or Update(rows, seed))
            if mixup:
                inputs |= blend | {"order": torch.from_numpy(random.permutation(len(part)))}
            micros.append(MicroBatch(inputs, len(part), self._whole(rows[part], update or Update(rows, seed))))
        return micros

    def _whole(self, rows: np.ndarray, update: Update) -> np.ndarray | None:
        """The rows, -1 for those that are masked."""
        if self.dynamics is None or self.techniques.masking is None:
            return rows
        return np.where(np.isin(rows, self.techniques.masking.masked(update)), -1, rows)

    def filler(self, row: int, seed: int) -> MicroBatch:
        return self.micro_batches(np.array([row]), 1, seed)[0]

    def _inputs(self, rows: np.ndarray, update: Update) -> dict[str, Tensor]:
        weights = {} if self.weights is None else {"weights": self.weights[rows]}
        masking = self.techniques.masking
        pairs, own = (masking(self.pairs, rows, update), np.arange(len(rows))) if masking else (self.pairs, rows)
        batch = self.shapes.batch(pairs, own)
        return {"labels": self.labels[rows], **weights, **batch.inputs()}

    def evaluate(self) -> dict[str, float]:
        logits, name = self._logits(self.selection), self.figure
        figures = {name: self._told(logits), "dev_loss": self._loss(logits)}
        if name in ("f1", "roc_auc", "log_likelihood"):
            figures["accuracy"] = float((decide(logits, self.margin) == self.selection_labels).mean())
        if self.masked is None:
            return figures
        masked = self._told(self._logits(self.masked))
        return {f"mean_{name}": (figures[name] + masked) / 2, **figures, f"masked_{name}": masked}

    def _targets(self, labels: np.ndarray) -> Tensor:
        whole = self.techniques.loss == "cross_entropy"
        return torch.from_numpy(labels.astype(np.int64 if whole else np.float64))

    def _logits(self, pairs: TokenizedPairs) -> np.ndarray:
        return two_outputs(predict_logits(self.model.classifier, pairs, self.machine.batch_tokens, self.dtype))

    def _told(self, logits: np.ndarray) -> float:
        """The figure by which the best weights are chosen."""
        return selection_value(self.figure, logits, self.selection_labels, self.margin, self._loss(logits))

    def _loss(self, logits: np.ndarray) -> float:
        truth = self._targets(self.selection_labels)
        return pair_losses(torch.from_numpy(logits), truth, self.techniques.loss, reduction="mean").item()


def finetune_fold(
    augmented: str,
    selection: str,
    model: str,
    member: str,
    settings: dict,
    weights: Sequence[str],
    steps: str,
    calibration: str,
    work: str,
    machine: dict,
    dynamics: str | None = None,
    checkpoints: str | None = None,
) -> None:
    """Train one member and write its model folder, its steps, its calibration, its dynamics and its checkpoints.

    augmented: table of training pairs; those of the member's fold are held out and choose the best weights. selection:
    table of the dev items, which temperature and margin are fitted on, and which choose the best weights where nothing
    is held out. model: folder to start from. settings: the `finetune` section with seed, max_length and the keys of
    `training`. weights: the files of the model folder to write; dynamics: the table of DYNAMICS to write, if any.
    checkpoints: the folder to write for the states of the model that were kept (`yiju.training.kept_states`), if any.
    """
    where = Machine(**machine)
    torch.set_num_threads(where.threads)
    fold, repeat = parse_member(member)
    seed = member_seed(settings["seed"], fold, repeat)
    outputs = 2 if settings["loss"] == "cross_entropy" else 1
    tokenizer, classifier = load_tokenizer(model), load_model(model, "classifier", seed, outputs=outputs)
    checkpoint_layers(classifier, settings)
    training, chosen, dev = _read(augmented, selection, fold, tokenizer, settings, where.threads)
    log.info("member %s: %d training pairs, %d selection pairs, seed %d", member, len(training), len(chosen), seed)
    plan = Plan.of(settings | {"seed": seed})
    task = PairTask(
        classifier,
        training.pairs,
        training.labels,
        chosen.pairs,
        chosen.labels,
        settings["decision_threshold"],
        f"fine-tuning {member}",
        where,
        settings["precision"],
        Techniques.of(settings, classifier, tokenizer),
        training.weights,
        lambda row: _shown(augmented, fold, row),
        Dynamics(math.ceil(plan.epochs), len(training)) if dynamics else None,
        settings.get("select", "accuracy"),
    )
    with under_techniques(classifier, settings):
        best = fit(task, plan, where, Path(work))
    figure = task.figure.replace("_", " ")
    of = f"mean {figure} of whole and masked pairs" if task.masked else figure
    log.info("member %s: best after update %d, %s %.4f", member, best.update, of, best.value)
    if PartialState().is_main_process:
        orders = [dev.pairs, *exchanged_items(selection, tokenizer, settings)]
        fitted = calibrate_classifier(classifier, orders, dev.labels, settings, where.batch_tokens)
        write_json(calibration, fitted)
        name_labels(classifier.config, fitted["margin"], settings["average_orders"])
        tokenizer.model_max_length = settings["max_length"]
        save_folder(classifier, tokenizer, weights)
        copy_file(Path(work) / "steps.jsonl", steps)
        if dynamics and task.dynamics:
            tables.write(_told(augmented, fold, task.dynamics.margins.numpy()), dynamics, tables.DYNAMICS)
        if checkpoints:

            def save(load: Callable[[nn.Module], None], folder: Path) -> None:
                state = load_model(model, "classifier", seed, outputs=outputs)
                with under_techniques(state, settings):
                    load(PairLoss(state))
                save_folder(state, tokenizer, [folder / Path(name).name for name in weights])

            write_states(Path(checkpoints), Path(work), plan, len(training), best.update, save)


def _read(
    augmented: str, selection: str, fold: int, tokenizer: PreTrainedTokenizerBase, settings: dict, threads: int
) -> tuple[Labelled, Labelled, Labelled]:
    """Training pairs, selection pairs and dev items; the last two are one where the fold holds nothing out."""
    length = settings["max_length"]
    require_known(tokenizer, augmented, tables.AUGMENTED, ("q", "t"), "finetune.corpora")
    dev = read_labelled([labelled_items(selection)], tokenizer, length)
    training = read_labelled(
        _rows(augmented, pl.col("fold") != fold), tokenizer, length, settings["weighting"], threads
    )
    if training is None or dev is None:
        what = "to choose weights and threshold by: a dev split is needed" if training else "to train on"
        raise YijuError(f"finetune.corpora: no labelled pairs {what}; see ledger.json for what was dropped")
    originals = (pl.col("fold") == fold) & (pl.col("operation") == "original")
    held_out = read_labelled(_rows(augmented, originals), tokenizer, length)
    _report_truncation(training.pairs)
    return training, held_out or dev, dev


def _rows(augmented: str, chosen: pl.Expr) -> Iterator[pl.DataFrame]:
    return tables.parts(augmented, tables.AUGMENTED, ("q", "t", "label"), chosen)


def _shown(augmented: str, fold: int, row: int) -> str:
    """A training pair for people, by its number among those that the fold does not hold out."""
    learnt = tables.parts(augmented, tables.AUGMENTED, where=pl.col("fold") != fold)
    pair = next(islice(chain.from_iterable(part.iter_rows(named=True) for part in learnt), row, None))
    parents = ", ".join(map(str, pair["parents"]))
    return f"{pair['q']} | {pair['t']} ({pair['operation']}, from pair {parents} of pairs.parquet)"


def _told(augmented: str, fold: int, margins: np.ndarray) -> pl.DataFrame:
    """DYNAMICS of the training pairs themselves, without those that augmentation made of them."""
    parts = tables.parts(augmented, tables.AUGMENTED, ("operation", "parents"), pl.col("fold") != fold)
    learnt = pl.concat(parts).with_row_index("row").filter(pl.col("operation") == "original")
    pairs = learnt.select(pl.col("parents").list.first().alias("pair"))
    return pl.concat([pairs, summarised(margins[:, learnt["row"].to_numpy()])], how="horizontal")


@contextmanager
def under_techniques(classifier: PreTrainedModel, settings: dict) -> Iterator[None]:
    """The classifier as the techniques have it that act on it while it is trained, a stock model again afterwards."""
    with ExitStack() as stack:
        for name in enabled(settings):
            during = getattr(load_technique(name), "during", None)
            if during:
                stack.enter_context(during(classifier, settings[name]))
        yield


def _report_truncation(pairs: TokenizedPairs) -> None:
    cut = int(pairs.truncated.sum())
    if cut:
        log.info("%d of %d pairs are longer than the model takes; their longer side loses its end", cut, len(pairs))
