"""What other decision margins would do on every labelled set: a table of the report, and its charts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from yiju.base import tables
from yiju.base.language import gettext
from yiju.evaluation.metrics.thresholds import measure_decisions, measure_margins
from yiju.models.calibration.apply import probability
from yiju.models.calibration.measure import log_odds
from yiju.report.charts import Axis, Chart, Series, draw, limits
from yiju.report.number_formats import tick

POINTS = 241
MEASURES = {"precision": "precision", "recall": "recall", "f1": "F1"}


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
        return threshold(self.margin)


def threshold(margin: float) -> float:
    """A decision margin as a probability of "similar"."""
    return float(probability(np.array([margin]))[0])


def read_thresholds(name: str, judged: str, metrics: str) -> Thresholds | None:
    """Read the judgements of a set and the margin that made them; None without labels."""
    known = tables.read(judged, tables.JUDGED).drop_nulls("gold")
    if known.is_empty():
        return None
    margin = json.loads(Path(metrics).read_text(encoding="utf-8"))["margin"]
    difference, labels = log_odds(known["probability"].to_numpy()), known["gold"].to_numpy()
    at = measure_decisions(known["label"].to_numpy(), labels)
    return Thresholds(name, difference, labels, margin, at, _best(difference, labels, margin))


def threshold_charts(known: Sequence[Thresholds]) -> list[Chart]:
    """Accuracy by margin of every labelled set, and precision, recall and F1 of one of them; none without labels."""
    if not known:
        return []
    margins, detail = _range(known), shown_in_detail(known)
    curves = [measure_margins(one.difference, one.labels, margins) for one in known]
    accuracies = [(one.name, curve.accuracy) for one, curve in zip(known, curves, strict=True)]
    own = measure_margins(detail.difference, detail.labels, margins)
    measures = [(gettext(title), getattr(own, name)) for name, title in MEASURES.items()]
    title = gettext("{set}: precision, recall and F1 of “similar”", set=detail.name)
    return [
        _chart(gettext("Accuracy"), margins, accuracies, known[0].margin),
        _chart(title, margins, measures, known[0].margin),
    ]


def shown_in_detail(known: Sequence[Thresholds]) -> Thresholds:
    """The set whose precision and recall are drawn: test, on which nothing was chosen, else the first, which is dev."""
    return next((one for one in known if one.name == "test"), known[0])


def _best(difference: np.ndarray, labels: np.ndarray, margin: float) -> tuple[float, float]:
    values = np.unique(difference)
    candidates = np.concatenate([[values[0] - 1], (values[1:] + values[:-1]) / 2, [values[-1] + 1, margin]])
    accuracy = measure_margins(difference, labels, candidates).accuracy
    best = candidates[accuracy == accuracy.max()]
    return float(best[np.argmin(np.abs(best - margin))]), float(accuracy.max())


def _range(known: Sequence[Thresholds]) -> np.ndarray:
    """Margins that leave few judgements beyond them, 0 and the one in use among them."""
    ends = [np.quantile(one.difference, [0.01, 0.99]) for one in known]
    low, high = min(0.0, *(end[0] for end in ends)), max(0.0, *(end[1] for end in ends))
    margin = known[0].margin
    return np.linspace(min(low, margin - 0.5), max(high, margin + 0.5), POINTS)


def _chart(title: str, margins: np.ndarray, lines: Sequence[tuple[str, np.ndarray]], margin: float) -> Chart:
    series = [Series(name, look, margins.tolist(), values.tolist()) for look, (name, values) in enumerate(lines)]
    low, _ = limits(value for one in series for value in one.values)
    x = Axis(gettext("decision margin (dotted: the one in use)"), float(margins[0]), float(margins[-1]))
    return draw(title, x, Axis("", max(0.0, low), 1.0, tick), series, upright=margin)
