"""A teacher: one model, or several that judge together, and what it says of pairs, kept as a table."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import torch
from tqdm import tqdm

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.files import atomic, write_json
from yiju.data.distillation_pairs import distillation_pairs
from yiju.models.calibrated import calibration_for
from yiju.models.calibration.apply import Calibration, difference, read_calibration
from yiju.models.calibration.stored import StoredCalibration
from yiju.models.calibration.stored_classes import StoredClasses
from yiju.models.opening import open_scorer
from yiju.models.run_folder import CALIBRATED
from yiju.models.scorer import Scorer
from yiju.models.scores import score_table
from yiju.models.teacher_folders import refuse_graph, teacher_folders

log = logging.getLogger(__name__)
# What a student learns. difference: logit 1 - logit 0 of the teacher, of the order as given and of the sentences
# exchanged; label: null where it is not read; source: operation of AUGMENTED, or corpus.
TEACHER_SCORES = pa.schema(
    {
        "q": tables.TEXT,
        "t": tables.TEXT,
        "label": pa.int8(),
        "source": tables.TEXT,
        "difference": pa.float64(),
        "swapped": pa.float64(),
    }
)
# Pairs that are scored between two saves.
PART = 20_000
Texts = Sequence[str]


@dataclass(frozen=True)
class Teacher:
    """Models that judge together: the mean of their differences, divided by a temperature.

    members: each with its calibration, where its folder holds one; margin: what the log-odds must exceed for label 1;
    average_orders: whether the mean of both orders of a pair decides, so that both have one score.
    """

    members: Sequence[tuple[Scorer, StoredCalibration | None]]
    temperature: float
    margin: float
    batch_tokens: int
    average_orders: bool

    def differences(self, q: Texts, t: Texts) -> np.ndarray:
        """Log-odds of label 1 of pairs in the order as given, or the mean of both orders, float64 [pairs]."""
        found = self._differences(q, t)
        return (found + self._differences(t, q)) / 2 if self.average_orders else found

    def _differences(self, q: Texts, t: Texts) -> np.ndarray:
        return np.mean([self._said(*one, q, t) for one in self.members], axis=0) / self.temperature

    def _said(self, scorer: Scorer, stored: StoredCalibration | None, q: Texts, t: Texts) -> np.ndarray:
        found = difference(scorer.predict(scorer.pair_up(scorer.encode(q, 0), scorer.encode(t, 1)), self.batch_tokens))
        # The temperature of a model of two labels is in its weights by now.
        return stored.fit.log_odds(found) if stored is not None and scorer.single else found


def open_teacher(folders: Sequence[str | Path], calibration: str | Path | None, device: str, budget: int) -> Teacher:
    """Open the folders of a teacher. calibration: of several together, a run's `calibration.json`, or None.

    Raises YijuError for a model whose outputs are no log-odds of two labels.
    """
    members = [_opened(Path(folder), device) for folder in folders]
    average = all(_averages_orders(scorer) for scorer, _ in members)
    if len(members) == 1:
        return Teacher(members, 1.0, _margin(*members[0]), budget, average)
    fitted = Calibration(1.0, 0.0) if calibration is None else read_calibration(calibration)
    return Teacher(members, fitted.temperature, fitted.margin, budget, average)


def _averages_orders(scorer: Scorer) -> bool:
    """Whether the model's config says so, as fine-tuning with `finetune.average_orders` writes it."""
    return bool(getattr(scorer.own_config, "average_orders", False))


def _margin(scorer: Scorer, stored: StoredCalibration | None) -> float:
    if stored is not None:
        return float(stored.fit.in_log_odds().threshold)
    return float(getattr(getattr(scorer.model, "config", None), "decision_margin", 0.0))


def _opened(folder: Path, device: str) -> tuple[Scorer, StoredCalibration | None]:
    refuse_graph(folder)
    scorer = open_scorer(folder, device)
    stored = calibration_for(scorer, folder)
    if isinstance(stored, StoredClasses) or not (scorer.single or len(scorer.classes) == 2):
        raise YijuError(
            f"distill.teacher: {folder} has {len(scorer.classes)} classes, and a student learns whether pairs are "
            "similar; name a model of two labels, or one that gives one number"
        )
    if scorer.single and stored is None and getattr(scorer, "activation", None) is None:
        raise YijuError(
            f"distill.teacher: {folder} is a {scorer.family}, whose number is no log-odds by itself; calibrate it on "
            f"labelled pairs first (yiju calibrate), which writes {folder}/yiju_calibration.json"
        )
    return scorer, stored


def score_for_student(
    augmented: str,
    pairs: str,
    held_out: str,
    models: Sequence[str],
    calibration: str | None,
    settings: dict,
    out: str,
    account: str,
    work: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write the TEACHER_SCORES pairs of a student, and an account of where they are from (JSON).

    models: folders of the run's members, none where settings name the teacher; calibration: theirs together. settings:
    corpora, both_orders, and of a teacher that is named teacher and revision. What is scored is kept in `work` part by
    part, so that a killed job goes on.
    """
    torch.set_num_threads(threads)
    rows, counts = distillation_pairs(augmented, pairs, held_out, settings["corpora"])
    teacher = teacher_of(settings, models, calibration, device, batch_tokens)
    log.info("%d pairs, to be scored by %d models", rows.height, len(teacher.members))
    orders = {"difference": ("q", "t"), "swapped": ("t", "q")}

    def scored(name: str) -> list[float]:
        return _kept(rows, Path(work), name, lambda part: teacher.differences(*_texts(part, *orders[name])))

    found = {"difference": scored("difference")}
    if settings["both_orders"]:
        found["swapped"] = found["difference"] if teacher.average_orders else scored("swapped")
    nothing: list = [None] * rows.height
    columns = [pl.Series(name, found.get(name, nothing), pl.Float64) for name in orders]
    tables.write(rows.select("q", "t", "label", "source").with_columns(columns), out, TEACHER_SCORES)
    write_json(account, counts | {"models": len(teacher.members)})


def predict_teacher(
    items: Sequence[str], settings: dict, out: Sequence[str], device: str, threads: int, batch_tokens: int
) -> None:
    """Write what a teacher that is no part of the run says of ITEMS tables, SCORES for each.

    settings: teacher, revision, and for each table whether the other order is judged too (swap).
    """
    torch.set_num_threads(threads)
    teacher = teacher_of(settings, [], None, device, batch_tokens)
    first = teacher.members[0][0]
    for path, swap, written in zip(items, settings["swap"], out, strict=True):
        table = tables.read(path, tables.ITEMS)
        q, t = _texts(table, "q", "t")
        read = [first.encode(texts, side) for side, texts in enumerate((q, t))]
        given = teacher.differences(q, t)
        other = given if teacher.average_orders or not swap else teacher.differences(t, q)
        scores = score_table(
            table["item"].to_list(),
            _logits(given),
            teacher.margin,
            first.pair_up(*read).truncated,
            _logits(other) if swap else None,
            unknown=first.unknown_counts(q, read[0]) + first.unknown_counts(t, read[1]),
        )
        tables.write(scores, written, tables.SCORES)


def teacher_of(
    settings: dict, models: Sequence[str], calibration: str | None, device: str, batch_tokens: int
) -> Teacher:
    """The members of the run, with their calibration together, or the teacher that settings name."""
    if models:
        return open_teacher(models, calibration, device, batch_tokens)
    folders = teacher_folders(settings["teacher"], settings["revision"])
    return open_teacher(folders, _calibration_beside(settings["teacher"], len(folders)), device, batch_tokens)


def _logits(differences: np.ndarray) -> np.ndarray:
    return np.stack([np.zeros_like(differences), differences], axis=1)


def _calibration_beside(teacher: str, members: int) -> Path | None:
    """What a run fitted for all its members together."""
    return Path(teacher) / CALIBRATED if members > 1 else None


def _texts(part: pl.DataFrame, first: str, second: str) -> tuple[list[str], list[str]]:
    return part[first].to_list(), part[second].to_list()


def _kept(rows: pl.DataFrame, work: Path, name: str, score: Callable[[pl.DataFrame], np.ndarray]) -> list[float]:
    """Scores of all rows, part by part, each found again where it was kept."""
    found: list[float] = []
    for number, part in enumerate(tqdm(list(rows.iter_slices(PART)), desc=f"teacher ({name})", unit=" parts")):
        file = work / f"{name}-{number:06d}.npy"
        if not file.is_file():
            with atomic(file) as temporary, temporary.open("wb") as stream:
                np.save(stream, score(part))
        found += np.load(file, allow_pickle=False).tolist()
    return found
