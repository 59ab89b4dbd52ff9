"""A student beside its teacher, as the report shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from yiju.base.language import gettext
from yiju.report.page_sections import Section
from yiju.report.results import Estimate, read_estimate

NAMES = {"teacher": "teacher", "student": "student", "control": "student without a teacher"}


@dataclass(frozen=True)
class Size:
    """A judge. models: how many judge together; weights: of all of them; pairs_per_second: on the job's threads."""

    name: str
    models: int
    weights: int
    pairs_per_second: float


@dataclass(frozen=True)
class Judging:
    """A judge on one set; figures are None where there are no labels, or, of the teacher, nothing to compare with."""

    name: str
    accuracy: Estimate | None
    nll: float | None
    ece: float | None
    label_agreement: Estimate | None
    probability_difference: Estimate | None
    minus_teacher: Estimate | None
    minus_control: Estimate | None


@dataclass(frozen=True)
class Explaining:
    """A judge's explanations; figures are None where they are not defined."""

    name: str
    comprehensiveness: Estimate | None
    sufficiency: Estimate | None
    spearman: Estimate | None
    jaccard: Estimate | None


@dataclass(frozen=True)
class Distillation:
    """Sizes, judgements by set, and explanations of `pairs` dev pairs by `method`."""

    threads: int
    device: str
    sizes: list[Size]
    sets: list[tuple[str, int, list[Judging]]]
    pairs: int
    method: str
    explaining: list[Explaining]


def judge_name(name: str) -> str:
    """What a judge is called, in the language that is spoken."""
    return gettext(NAMES[name])


def read_distillation(path: str | Path) -> Distillation:
    """Read what compare_student wrote."""
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    explained = found["explanations"]
    return Distillation(
        found["threads"],
        found["device"],
        [Size(**one) for one in found["judges"]],
        [(one["set"], one["judges"][0]["labelled"], list(map(_judging, one["judges"]))) for one in found["sets"]],
        explained["pairs"],
        explained["method"],
        list(map(_explaining, explained["judges"])),
    )


def _judging(one: dict) -> Judging:
    compared = ("label_agreement", "probability_difference", "minus_teacher", "minus_control")
    estimates = [read_estimate(one, key) for key in compared]
    return Judging(one["name"], read_estimate(one, "accuracy"), one.get("nll"), one.get("ece"), *estimates)


def _explaining(one: dict) -> Explaining:
    keys = ("aopc_comprehensiveness", "aopc_sufficiency", "spearman", "jaccard")
    return Explaining(one["name"], *(read_estimate(one, key) for key in keys))


SECTION = Section(
    name="distillation",
    title="Teacher and student",
    place=30,
    read=lambda inputs, _settings, _run: next((read_distillation(path) for path in inputs["distillation"]), None),
)
