"""The metrics.json files of a run as figures with intervals, and what a comparison of two of them says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from yiju.base.language import gettext
from yiju.evaluation.metrics.classification import FIGURES

MODELS = {"model": "our model", "overlap": "overlap baseline", "majority": "majority label"}
# Faithful and harmonised rationales are ours, the others are rules that never look at the model.
RATIONALES = {"faithful": "faithful", "harmonised": "harmonised"}
TRIVIAL = {
    "trivial_all": "trivial: all segments in order",
    "trivial_shared_first": "trivial: shared segments first",
    "trivial_random": "trivial: random segments",
}
# Of probabilities: the lower, the better.
MEASURES = {"nll": "NLL", "brier": "Brier score", "ece": "ECE"}
# The ECE that calibrated probabilities would have: its mean, and what 95 of 100 draws of labels stay below.
CALIBRATED = ("ece.calibrated", "ece.calibrated.high")
# Beside accuracy, for the model and for the overlap baseline: the higher, the better.
STATISTICS = {"f1": "F1 of “similar”"} | {name: figure.title for name, figure in FIGURES.items()}
METRICS = {"token_f1": "token F1", "iou_f1": "IoU F1", "map": "MAP"}


# Of a difference: its interval lies above 0, below it, or holds it.
Sign = Literal["above", "below", "level"]


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Statistic:
    """A figure, None where it is not defined, and its 95 % interval, None where nothing can be concluded."""

    value: float | None
    interval: Estimate | None


@dataclass(frozen=True)
class Judgements:
    """What evaluate_predictions found on one set.

    similar: labelled pairs whose label is 1; truncated, unknown: pairs that were cut to length, and pairs with a
    character that the vocabulary does not hold. accuracy, beyond (the model's accuracy less that of a rival) and
    measures (nll, brier, ece, and those of CALIBRATED) are empty for a set without labels; swap (difference, changed)
    for one that was judged in one order only. statistics: by model and name, of a set with labels.
    """

    name: str
    size: int
    labelled: int
    similar: int
    predicted_similar: float
    truncated: int
    unknown: int
    accuracy: dict[str, Estimate]
    beyond: dict[str, Estimate]
    confusion: dict[tuple[int, int], int]
    measures: dict[str, float]
    swap: dict[str, float]
    statistics: dict[str, dict[str, Statistic]]


@dataclass(frozen=True)
class Plausibility:
    """What evaluate_rationales found on one set by one method: rows by kind of rationale, each with its metrics.

    submission: accuracy of the labels in the competition's file; beside_model: how far it exceeds that of the model's
    own; both None where the set has no labels.
    """

    name: str
    method: str
    size: int
    gold: int
    disturbed_pairs: int
    rows: dict[str, dict[str, Estimate]]
    submission: Estimate | None
    beside_model: Estimate | None

    @property
    def metrics(self) -> list[str]:
        """Metrics that this set could be measured by, in order of display."""
        return [metric for metric in METRICS if any(metric in row for row in self.rows.values())]

    def best_trivial(self, metric: str) -> str:
        """The strongest trivial rule by a metric: the one that ours has to beat."""
        return max(
            (kind for kind in TRIVIAL if metric in self.rows[kind]), key=lambda kind: self.rows[kind][metric].value
        )


def read_judgements(name: str, path: str | Path) -> Judgements:
    """Read what evaluate_predictions wrote for a set."""
    found = _read(path)
    accuracy = {model: read_estimate(found, f"accuracy.{model}") for model in MODELS}
    cells = {(gold, said): found.get(f"confusion.gold_{gold}.said_{said}", 0) for gold in (0, 1) for said in (0, 1)}
    return Judgements(
        name,
        found["items"],
        found["labelled"],
        found.get("labelled_similar", 0),
        found["predicted_similar"],
        found["truncated"],
        found["unknown"],
        {model: one for model, one in accuracy.items() if one},
        read_beyond(found),
        cells if found["labelled"] else {},
        {name: found[name] for name in (*MEASURES, *CALIBRATED) if name in found},
        {name: found[f"swap.{name}"] for name in ("difference", "changed") if f"swap.{name}" in found},
        {model: _statistics(found, model) for model in ("model", "overlap")} if found["labelled"] else {},
    )


def read_plausibility(name: str, method: str, path: str | Path) -> Plausibility:
    """Read what evaluate_rationales wrote for a set and a method."""
    found = _read(path)
    rows = {}
    for kind in (*RATIONALES, *TRIVIAL):
        estimates = {metric: read_estimate(found, f"{kind}.{metric}") for metric in METRICS}
        rows[kind] = {metric: one for metric, one in estimates.items() if one}
    labels = (read_estimate(found, key) for key in ("submission.accuracy", "submission_minus_model"))
    return Plausibility(name, method, found["items"], found["gold"], found["disturbed_pairs"], rows, *labels)


@dataclass(frozen=True)
class Comparison:
    """How a figure of ours lies to another: above or below where the intervals do not overlap, else level."""

    sign: Sign
    text: str


def compare(ours: Estimate, other: Estimate, name: str) -> Comparison:
    """Put ours beside another figure in words, with what the intervals allow to say."""
    difference = ours.value - other.value
    apart = ours.low > other.high or other.low > ours.high
    side: Literal["above", "below"] = "above" if difference > 0 else "below"
    messages = {
        "above": "{difference} above {rival}; {intervals}",
        "below": "{difference} below {rival}; {intervals}",
        "level": "level with {rival}; {intervals}",
    }
    intervals = gettext("the intervals do not overlap") if apart else gettext("the intervals overlap")
    message = messages[side if difference else "level"]
    text = gettext(message, difference=f"{abs(difference):.3f}", rival=name, intervals=intervals)
    return Comparison(side if apart else "level", text)


def read_estimate(found: dict, key: str) -> Estimate | None:
    """A figure and its interval, as `with_interval` writes them; None where the figure was not measured."""
    return required_estimate(found, key) if key in found else None


def required_estimate(found: dict, key: str) -> Estimate:
    """A figure that is always measured, and its interval."""
    return Estimate(found[key], found[f"{key}.low"], found[f"{key}.high"])


def read_beyond(found: dict) -> dict[str, Estimate]:
    """How far the model's accuracy exceeds that of each rival, matched pair by pair; nothing without labels."""
    beyond = {rival: read_estimate(found, f"model_minus_{rival}") for rival in MODELS if rival != "model"}
    return {rival: one for rival, one in beyond.items() if one}


def _statistics(found: dict, model: str) -> dict[str, Statistic]:
    keys = {name: f"{name}.{model}" for name in STATISTICS}
    return {
        name: Statistic(found[key], read_estimate(found, key) if f"{key}.low" in found else None)
        for name, key in keys.items()
    }


def _read(path: str | Path) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))
