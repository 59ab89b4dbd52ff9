"""The steps.jsonl of a training as curves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from yiju.base.language import gettext
from yiju.base.members import parse_member

# A loss is averaged over this many updates, in long trainings over this share: single batches jump too much to be read.
WINDOW = 25
SHARE = 0.02
# Figures that chose the weights where accuracy alone did not, those of whole and masked pairs together first.
FIGURES = ("accuracy", "log_likelihood", "f1", "roc_auc")
CHOOSING = (*(f"mean_{name}" for name in FIGURES), *FIGURES[1:])


@dataclass(frozen=True)
class Curve:
    """Losses of every update, and the figures of every evaluation with the update it came after."""

    name: str
    updates: list[int]
    losses: list[float]
    evaluations: list[dict[str, float]]

    @property
    def smooth(self) -> list[float]:
        """Means of the losses around each update; centred, as a trailing mean of a falling loss lies above it."""
        half = max(WINDOW, int(SHARE * len(self.losses))) // 2
        sums = [0.0, *accumulate(self.losses)]
        ends = [(max(0, place - half), min(len(self.losses), place + half + 1)) for place in range(len(self.losses))]
        return [(sums[end] - sums[start]) / (end - start) for start, end in ends]

    def series(self, figure: str) -> tuple[list[int], list[float]]:
        """Updates and values of a figure that evaluations report."""
        found = [one for one in self.evaluations if figure in one]
        return [int(one["update"]) for one in found], [one[figure] for one in found]

    def best(self, figure: str, largest: bool) -> tuple[int, float] | None:
        """Update and value of the best evaluation, the earliest among equals; None where none reports the figure.

        Where another figure chose the weights, or that of whole and masked pairs together, accuracy is that of the
        weights chosen.
        """
        found = [one for one in self.evaluations if figure in one]
        chosen = [key for key in CHOOSING if figure == "accuracy" and any(key in one for one in found)]
        decides = next(iter(chosen), figure)
        sign = -1 if largest else 1
        best = min(found, key=lambda one: sign * one[decides], default=None)
        return None if best is None else (int(best["update"]), best[figure])


def read_curve(name: str, path: str | Path) -> Curve:
    """Read the figures that a training left behind."""
    lines = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").split("\n") if line]
    steps = [line for line in lines if "loss" in line]
    return Curve(
        name,
        [line["update"] for line in steps],
        [line["loss"] for line in steps],
        [line for line in lines if "loss" not in line],
    )


def read_curves(posttrain: Sequence[str], folds: Sequence[str]) -> tuple[Curve | None, list[Curve]]:
    """The curve of post-training, where there was any, and those of all fine-tunings, named by their folders."""
    before = next((read_curve(gettext("post-training"), path) for path in posttrain), None)
    return before, [read_curve(_name(Path(path).parent.name), path) for path in folds]


def _name(folder: str) -> str:
    if folder == "intermediate":
        return gettext("first corpora")
    fold, repeat = parse_member(folder)
    if repeat:
        return gettext("fold {fold}, seed {seed}", fold=fold, seed=repeat + 1)
    return gettext("fold {fold}", fold=fold)
