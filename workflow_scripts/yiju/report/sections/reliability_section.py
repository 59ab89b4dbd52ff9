"""How far the probabilities of a run can be believed: its calibration, and the figure of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from yiju.base.share_intervals import wilson
from yiju.report.results import CALIBRATED, MEASURES, Estimate, required_estimate
from yiju.report.style import GREY, INK, OLIVE, STYLE, WIDTH, save


@dataclass(frozen=True)
class Reliability:
    """Judgements of the dev pairs in bins, [bins] each, and figures: accuracy, those of MEASURES and CALIBRATED."""

    probability: np.ndarray
    similar: np.ndarray
    count: np.ndarray
    figures: dict[str, float]


@dataclass(frozen=True)
class EnsembleCalibration:
    """What calibrate_ensemble found.

    Logits of every training were divided by its own temperature, their mean by `temperature`. fitted: whether anything
    was; note: what the dev pairs leave open. cross_fitted: figures of pairs that nothing was fitted on, empty
    without a fit and where half of the pairs were too few for one.
    """

    temperature: float
    member_temperatures: list[float]
    margin: float
    pairs: int
    fitted: bool
    note: str
    before: Reliability
    after: Reliability
    cross_fitted: dict[str, float]

    @property
    def rows(self) -> dict[str, dict[str, float]]:
        """Figures of the dev pairs, by how they were judged."""
        if not self.fitted:
            return {"as they are (not calibrated)": self.after.figures}
        rows = {"before": self.before.figures, "after, fitted on these pairs": self.after.figures}
        return rows | ({"fitted on one half, judged on the other": self.cross_fitted} if self.cross_fitted else {})


@dataclass(frozen=True)
class OutOfFold:
    """What evaluate_out_of_fold found: accuracy in all, of the majority label and the difference of both, by fold with
    its pairs, and figures of probabilities."""

    pairs: int
    seeds: int
    accuracy: Estimate
    majority: Estimate
    beyond: Estimate
    folds: list[tuple[int, Estimate]]
    figures: dict[str, float]


def read_calibration(path: str | Path) -> EnsembleCalibration:
    """Read what calibrate_ensemble wrote."""
    found = _read(path)
    before, after = (_reliability(found, when) for when in ("before", "after"))
    cross_fitted = _figures(found, "cross_fitted.") if "cross_fitted.nll" in found else {}
    names = ("temperature", "member_temperatures", "margin", "pairs", "fitted", "note")
    plain = {name: found[name] for name in names}
    return EnsembleCalibration(**plain, before=before, after=after, cross_fitted=cross_fitted)


def read_out_of_fold(path: str | Path) -> OutOfFold:
    """Read what evaluate_out_of_fold wrote."""
    found = _read(path)
    count = sum(key.endswith(".pairs") for key in found)
    folds = [(found[f"fold_{fold}.pairs"], required_estimate(found, f"fold_{fold}.accuracy")) for fold in range(count)]
    figures = {name: found[name] for name in (*MEASURES, *CALIBRATED)}
    accuracy, majority, beyond = (
        required_estimate(found, key) for key in ("accuracy", "majority", "model_minus_majority")
    )
    return OutOfFold(found["pairs"], found["seeds"], accuracy, majority, beyond, folds, figures)


def plot_reliability(calibration: str, out: str) -> None:
    """Draw how often pairs are similar that are given a probability, before and after calibration, and how many are."""
    found = read_calibration(calibration)
    panels = [("Dev pairs, not calibrated", found.after, INK)]
    if found.fitted:
        panels = [("Dev pairs before", found.before, OLIVE), ("Dev pairs after", found.after, INK)]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 4.6), layout="constrained")
        axes = figure.subplots(2, 2, sharex=True, sharey="row", height_ratios=(4, 1))
        for column, (title, judged, colour) in enumerate(panels):
            _diagram(axes[0][column], title, judged, colour)
            _counts(axes[1][column], judged, colour)
        for spare in axes[:, len(panels) :].flat:
            spare.set_axis_off()
        axes[0][0].set_ylabel("share that is similar")
        axes[1][0].set_ylabel("pairs")
        save(figure, out)


def _diagram(axes: Axes, title: str, judged: Reliability, colour: str) -> None:
    axes.plot([0, 1], [0, 1], "--", color=GREY, linewidth=1)
    low, high = wilson(judged.similar, judged.count)
    ends = np.maximum([judged.similar - low, high - judged.similar], 0)
    look: dict[str, Any] = {"fmt": "o", "color": colour, "markersize": 5, "capsize": 2, "linewidth": 1.2}
    axes.errorbar(judged.probability, judged.similar, yerr=ends, **look)
    mean, most = (judged.figures[name] for name in CALIBRATED)
    axes.set_title(f"{title}\nECE {judged.figures['ece']:.3f}; if calibrated {mean:.3f}, at most {most:.3f}")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)


def _counts(axes: Axes, judged: Reliability, colour: str) -> None:
    axes.vlines(judged.probability, 0, judged.count, color=colour, linewidth=2.5)
    axes.set_ylim(0, None)
    axes.set_xlabel("probability of being similar, mean of a bin")


def _reliability(found: dict, when: str) -> Reliability:
    bins = {name: np.array(found[f"{when}.{name}"]) for name in ("probability", "similar", "count")}
    return Reliability(**bins, figures=_figures(found, f"{when}."))


def _figures(found: dict, prefix: str) -> dict[str, float]:
    return {name: found[f"{prefix}{name}"] for name in ("accuracy", *MEASURES, *CALIBRATED)}


def _read(path: str | Path) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))
