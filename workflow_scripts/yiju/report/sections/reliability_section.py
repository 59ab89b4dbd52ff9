"""How far the probabilities of a run can be believed: its calibration, and the chart of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from yiju.base.language import gettext
from yiju.base.share_intervals import wilson
from yiju.report.charts import Axis, Chart, Series, draw
from yiju.report.results import CALIBRATED, MEASURES, Estimate, required_estimate


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
            return {gettext("as they are (not calibrated)"): self.after.figures}
        rows = {
            gettext("before"): self.before.figures,
            gettext("after, fitted on these pairs"): self.after.figures,
        }
        apart = {gettext("fitted on one half, judged on the other"): self.cross_fitted} if self.cross_fitted else {}
        return rows | apart


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


def reliability_charts(found: EnsembleCalibration) -> list[Chart]:
    """How often pairs are similar that are given a probability, before and after calibration."""
    if not found.fitted:
        return [_diagram(gettext("Dev pairs, not calibrated"), found.after)]
    return [
        _diagram(gettext("Dev pairs before calibration"), found.before),
        _diagram(gettext("Dev pairs after calibration"), found.after),
    ]


def _diagram(title: str, judged: Reliability) -> Chart:
    x = Axis(gettext("probability of being similar, mean of a bin"), 0, 1)
    y = Axis(gettext("share that is similar"), 0, 1)
    low, high = wilson(judged.similar, judged.count)
    ends = list(zip(low.tolist(), high.tolist(), strict=True))
    points = Series("", 0, judged.probability.tolist(), judged.similar.tolist(), dots=True, ends=ends)
    return draw(title, x, y, [points], diagonal=True)


def _reliability(found: dict, when: str) -> Reliability:
    bins = {name: np.array(found[f"{when}.{name}"]) for name in ("probability", "similar", "count")}
    return Reliability(**bins, figures=_figures(found, f"{when}."))


def _figures(found: dict, prefix: str) -> dict[str, float]:
    return {name: found[f"{prefix}{name}"] for name in ("accuracy", *MEASURES, *CALIBRATED)}


def _read(path: str | Path) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))
