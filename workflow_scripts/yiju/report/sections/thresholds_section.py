"""What other decision margins would do on every labelled set: the text of the report, and a figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from yiju.base import tables
from yiju.evaluation.metrics.thresholds import measure_decisions, measure_margins
from yiju.models.calibration.apply import probability
from yiju.models.calibration.measure import log_odds
from yiju.report.style import BLUE, GREEN, INK, ORANGE, SERIES, STYLE, WIDTH, notice, save

POINTS = 241
MEASURES = {"precision": (BLUE, "-"), "recall": (ORANGE, "--"), "f1": (GREEN, "-.")}
# Titles as people write them.
NAMES = {"precision": "precision", "recall": "recall", "f1": "F1"}


@dataclass(frozen=True)
class Thresholds:
    """Labelled judgements of a set, and the margin in use.

    at: measures of the decisions as they were made, None where not defined; best: the margin that would judge most of
    these very pairs right, of equals the one closest to that in use, and the accuracy that it would reach here.
    """

    name: str
    difference: np.ndarray
    labels: np.ndarray
    margin: float
    at: dict[str, float | None]
    best: tuple[float, float]

    @property
    def threshold(self) -> float:
        """The margin in use as a probability of "similar"."""
        return float(probability(np.array([self.margin]))[0])


def read_thresholds(name: str, judged: str, metrics: str) -> Thresholds | None:
    """Read the judgements of a set and the margin that made them; None without labels."""
    known = tables.read(judged, tables.JUDGED).drop_nulls("gold")
    if known.is_empty():
        return None
    margin = json.loads(Path(metrics).read_text(encoding="utf-8"))["margin"]
    difference, labels = log_odds(known["probability"].to_numpy()), known["gold"].to_numpy()
    at = measure_decisions(known["label"].to_numpy(), labels)
    return Thresholds(name, difference, labels, margin, at, _best(difference, labels, margin))


def plot_thresholds(names: Sequence[str], judged: Sequence[str], metrics: Sequence[str], out: str) -> None:
    """Draw accuracy by margin of every labelled set, and precision, recall and F1 of the last split that has labels."""
    found = [read_thresholds(*one) for one in zip(names, judged, metrics, strict=True)]
    known = [one for one in found if one]
    with mpl.rc_context(STYLE):
        save(_figure(known) if known else notice("No set of this run has labels."), out)


def shown_in_detail(known: Sequence[Thresholds]) -> Thresholds:
    """The set whose precision and recall are drawn: test, on which nothing was chosen, else the first, which is dev."""
    return next((one for one in known if one.name == "test"), known[0])


def _best(difference: np.ndarray, labels: np.ndarray, margin: float) -> tuple[float, float]:
    values = np.unique(difference)
    candidates = np.concatenate([[values[0] - 1], (values[1:] + values[:-1]) / 2, [values[-1] + 1, margin]])
    accuracy = measure_margins(difference, labels, candidates).accuracy
    best = candidates[accuracy == accuracy.max()]
    return float(best[np.argmin(np.abs(best - margin))]), float(accuracy.max())


def _figure(known: Sequence[Thresholds]) -> Figure:
    margins = _range(known)
    figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for one, (colour, dashes) in zip(known, SERIES * (len(known) // len(SERIES) + 1), strict=False):
        curve = measure_margins(one.difference, one.labels, margins)
        left.plot(margins, 100 * curve.accuracy, dashes, color=colour, label=one.name)
    detail = shown_in_detail(known)
    curve = measure_margins(detail.difference, detail.labels, margins)
    for measure, (colour, dashes) in MEASURES.items():
        right.plot(margins, 100 * getattr(curve, measure), dashes, color=colour, label=NAMES[measure])
    for axes, title in ((left, "Accuracy in %"), (right, f"{detail.name}: “similar” in %")):
        _dress(axes, title, margins, known[0].margin)
    return figure


def _range(known: Sequence[Thresholds]) -> np.ndarray:
    """Margins that leave few judgements beyond them, 0 and the one in use among them."""
    ends = [np.quantile(one.difference, [0.01, 0.99]) for one in known]
    low, high = min(0.0, *(end[0] for end in ends)), max(0.0, *(end[1] for end in ends))
    margin = known[0].margin
    return np.linspace(min(low, margin - 0.5), max(high, margin + 0.5), POINTS)


def _dress(axes: Axes, title: str, margins: np.ndarray, margin: float) -> None:
    axes.axvline(margin, color=INK, linewidth=1, linestyle=":", label="margin in use")
    axes.set_title(title)
    axes.set_xlim(margins[0], margins[-1])
    axes.set_xlabel("decision margin: logit of similar less logit of not similar")
    axes.legend(loc="lower left", bbox_to_anchor=(0.06, 0))
