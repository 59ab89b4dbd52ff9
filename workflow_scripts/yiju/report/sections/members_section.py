"""How far the trainings of folds and seeds agree, as the report shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from yiju.report.page_sections import Section
from yiju.report.results import Estimate, read_estimate, required_estimate


@dataclass(frozen=True)
class Judging:
    """Members on one set.

    label_agreement: share of the pairs that two members judge alike; probability_difference: mean absolute difference
    of their P(similar); unanimous: share of the pairs that all judge alike; kappa: None where chance leaves nothing to
    measure; accuracy: of each member, empty without labels.
    """

    name: str
    items: int
    label_agreement: Estimate
    probability_difference: Estimate
    unanimous: float
    kappa: float | None
    accuracy: list[Estimate]


@dataclass(frozen=True)
class Explaining:
    """Members by one method on one set: rank correlation of their scores, Jaccard index of their rationales."""

    name: str
    method: str
    pairs: int
    spearman: Estimate | None
    jaccard: Estimate | None


@dataclass(frozen=True)
class Members:
    names: list[str]
    judging: list[Judging]
    explaining: list[Explaining]


def read_members(path: str | Path) -> Members:
    """Read what compare_members wrote."""
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    judging = [
        Judging(
            one["set"],
            one["items"],
            required_estimate(one, "label_agreement"),
            required_estimate(one, "probability_difference"),
            one["unanimous"],
            one["kappa"],
            [required_estimate(own, "accuracy") for own in one["accuracy"]],
        )
        for one in found["judgements"]
    ]
    explaining = [
        Explaining(
            *(one["set"], one["method"], one["pairs"]), *(read_estimate(one, key) for key in ("spearman", "jaccard"))
        )
        for one in found["explanations"]
    ]
    return Members(found["members"], judging, explaining)


SECTION = Section(
    name="members",
    title="Folds",
    place=50,
    read=lambda inputs, _settings, _run: next((read_members(path) for path in inputs["members"]), None),
)
