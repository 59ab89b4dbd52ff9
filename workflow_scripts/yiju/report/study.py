"""Explanation methods side by side on a set: as the report tells it, and as a figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from yiju.report.results import TRIVIAL, Estimate, read_estimate
from yiju.report.style import GREY, INK, STYLE, WIDTH, points, save

# By name in study.json: what the page calls it, and whether more (1) or less (-1) is better, or neither (0).
FAITHFULNESS = {
    "aopc_comprehensiveness.mask": ("AOPC comprehensiveness", 1),
    "aopc_sufficiency.mask": ("AOPC sufficiency", -1),
    "comprehensiveness.mask": ("comprehensiveness", 1),
    "sufficiency.mask": ("sufficiency", -1),
    "new_p.mask": ("New-P", 1),
    "loo_tau.mask": ("LOO tau", 1),
}
BY_DELETION = {name.replace(".mask", ".delete"): look for name, look in FAITHFULNESS.items()}
EVIDENCE = {
    "token_f1": ("token F1", 1),
    "iou_f1": ("IoU F1", 1),
    "map": ("MAP", 1),
    "members.spearman": ("agreement of members", 0),
    "randomisation": ("after randomisation", 0),
}
DRAWN = ("aopc_comprehensiveness.mask", "aopc_sufficiency.mask")


@dataclass(frozen=True)
class Row:
    """A method, or a rule that never looks at the model; seconds: of a pair, None of such a rule."""

    name: str
    trivial: bool
    seconds: float | None
    figures: dict[str, Estimate]


@dataclass(frozen=True)
class Agreement:
    """Mean rank correlation of the scores of any two methods, None where it is not defined."""

    names: list[str]
    spearman: list[list[float | None]]


@dataclass(frozen=True)
class Study:
    """recommended: the method to trust first, or None; failed: methods that tell of the input, not of the model."""

    name: str
    items: int
    members: int
    rows: list[Row]
    agreement: Agreement
    recommended: str | None
    reason: str
    failed: dict[str, float]

    def known(self, metrics: dict[str, tuple[str, int]]) -> dict[str, tuple[str, int]]:
        """Those of the metrics that were measured here."""
        return {name: look for name, look in metrics.items() if any(name in row.figures for row in self.rows)}

    def best(self, metric: str, sign: int) -> str | None:
        """The method, trivial rules apart, that is best by a metric; None of a metric without a good side."""
        rows = [row for row in self.rows if metric in row.figures and not row.trivial]
        return max(rows, key=lambda row: sign * row.figures[metric].value).name if rows and sign else None


def read_study(path: str | Path) -> Study:
    """Read what compare_methods wrote."""
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    metrics = FAITHFULNESS | BY_DELETION | EVIDENCE
    rows = []
    for row in found["methods"]:
        figures = {name: read_estimate(row, name) for name in metrics}
        name = TRIVIAL.get(row["method"], row["method"])
        known = {name: one for name, one in figures.items() if one}
        rows.append(Row(name, row["trivial"], row.get("seconds_per_pair"), known))
    best, between = found["recommended"], found["agreement"]["methods"]
    return Study(
        *(found["set"], found["items"], len(found["members"]), rows),
        Agreement(between["names"], between["spearman"]),
        *(best["method"], best["reason"], best["randomised"]),
    )


def plot_study(path: str, out: str) -> None:
    """Draw what decides: AOPC comprehensiveness and sufficiency of every method, beside rules that ignore the model."""
    found = read_study(path)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 1.0 + 0.32 * len(found.rows)), layout="constrained")
        for axes, metric in zip(figure.subplots(1, 2, sharey=True), DRAWN, strict=True):
            _forest(axes, found.rows, metric)
        save(figure, out)


def _forest(axes: Axes, rows: Sequence[Row], metric: str) -> None:
    title, sign = FAITHFULNESS[metric]
    axes.set_title(f"{title} ({'more' if sign > 0 else 'less'} is better)")
    axes.axvline(0, color=INK, linewidth=1)
    for trivial, colour, marker in ((False, INK, "o"), (True, GREY, "s")):
        places = [place for place, row in enumerate(rows) if row.trivial == trivial]
        points(axes, [rows[place].figures[metric] for place in places], places, colour, marker)
    axes.set_yticks(range(len(rows)), [row.name for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
