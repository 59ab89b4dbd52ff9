"""What predicts a split's labels without comparing meanings, as figures with intervals and as warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yiju.report.results import Estimate

SHORTCUTS = {
    "lengths": "lengths",
    "first_sentence": "first sentence",
    "second_sentence": "second sentence",
    "overlap": "overlap",
}


@dataclass(frozen=True)
class AuditedSplit:
    """How often each shortcut alone is right on a split; `rewarded` names those that beat the more frequent label."""

    corpus: str
    split: str
    labelled: int
    pairs: int
    majority: float
    shortcuts: dict[str, Estimate]
    rewarded: list[str]

    @property
    def name(self) -> str:
        return f"{self.corpus} {self.split}"


@dataclass(frozen=True)
class Crossing:
    """How often a shortcut that was learnt on one split is right on the unseen pairs of another."""

    shortcut: str
    learnt: AuditedSplit
    tested: AuditedSplit
    pairs: int
    accuracy: float
    majority: float


def read_splits(audit: Mapping) -> list[AuditedSplit]:
    """The audited splits, in the order of the file."""
    return [
        AuditedSplit(
            one["corpus"],
            one["split"],
            one["labelled"],
            one["pairs"],
            one["majority"],
            {name: _estimate(one["shortcuts"][name]) for name in SHORTCUTS},
            [name for name in SHORTCUTS if name in one["warnings"]],
        )
        for one in audit["splits"]
    ]


def read_across(audit: Mapping, splits: Sequence[AuditedSplit]) -> list[Crossing]:
    """What was tested across splits, in the order of the file."""
    known = {(one.corpus, one.split): one for one in splits}
    return [
        Crossing(
            one["shortcut"],
            known[one["trained_on"]["corpus"], one["trained_on"]["split"]],
            known[one["tested_on"]["corpus"], one["tested_on"]["split"]],
            one["pairs"],
            one["accuracy"],
            one["majority"],
        )
        for one in audit["across"]
    ]


def most_rewarding(splits: Sequence[AuditedSplit]) -> list[AuditedSplit]:
    """Splits that reward a shortcut, the one that rewards it most first."""
    rewarding = [one for one in splits if one.rewarded]
    return sorted(rewarding, key=lambda one: max(gain(one, name) for name in one.rewarded), reverse=True)


def gain(split: AuditedSplit, shortcut: str) -> float:
    """How far a shortcut alone beats the more frequent label, as a share of pairs."""
    return split.shortcuts[shortcut].value - split.majority


def _estimate(found: Mapping) -> Estimate:
    return Estimate(found["accuracy"], found["low"], found["high"])
