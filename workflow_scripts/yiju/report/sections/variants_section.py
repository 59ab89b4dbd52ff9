"""What the variants of a run change and what that is worth: the text of the report, and a figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from yiju.report.results import Estimate, Sign
from yiju.report.style import BLUE, GREY, INK, STYLE, WIDTH, points, save

COLUMNS = 3


@dataclass(frozen=True)
class Measured:
    """A mean over members, with its interval over pairs and, where there are several, over seeds; that of each seed."""

    over_pairs: Estimate
    over_seeds: Estimate | None
    by_seed: list[float]

    @property
    def sign(self) -> Sign:
        """On which side of 0 every interval lies that there is; level: 0 is in one of them."""
        intervals = [one for one in (self.over_pairs, self.over_seeds) if one]
        if all(one.low > 0 for one in intervals):
            return "above"
        return "below" if all(one.high < 0 for one in intervals) else "level"


@dataclass(frozen=True)
class Row:
    """A variant on one set; difference: to the base, None of the base itself; ensemble: of its members together."""

    name: str
    accuracy: Measured
    difference: Measured | None
    ensemble: Estimate
    ece: float


@dataclass(frozen=True)
class ComparedSet:
    """All variants on one set, the base first. pairs: different ones among the labelled."""

    name: str
    labelled: int
    pairs: int
    rows: list[Row]


@dataclass(frozen=True)
class Variants:
    """changes: variant, key, value in the base, value in the variant, as the configuration writes them."""

    seeds: int
    folds: int
    changes: list[tuple[str, str, str, str]]
    sets: list[ComparedSet]

    @property
    def names(self) -> list[str]:
        """The variants but for the base."""
        return [row.name for row in self.sets[0].rows[1:]]


def read_variants(path: str | Path) -> Variants:
    """Read what compare_variants wrote."""
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    changes = [
        (one["variant"], change["key"], *(json.dumps(change[side], ensure_ascii=False) for side in ("base", "variant")))
        for one in found["variants"]
        for change in one["changes"]
    ]
    sets = [
        ComparedSet(one["set"], one["labelled"], one["pairs"], [_row(row) for row in one["variants"]])
        for one in found["sets"]
    ]
    return Variants(found["seeds"], found["folds"], changes, sets)


def plot_variants(path: str, out: str) -> None:
    """Draw how far each variant lies from the base, a panel for every labelled set."""
    found = read_variants(path)
    columns = min(COLUMNS, len(found.sets))
    lines = ceil(len(found.sets) / columns)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 0.4 + lines * (1.1 + 0.42 * len(found.names))), layout="constrained")
        panels = list(figure.subplots(lines, columns, squeeze=False, sharey=True).flat)
        for axes, one in zip(panels, found.sets, strict=False):
            _forest(axes, one.name, [row.difference for row in one.rows if row.difference])
        for axes in panels[len(found.sets) :]:
            axes.set_axis_off()
        panels[0].set_yticks(range(len(found.names)), found.names)
        panels[0].set_ylim(len(found.names) - 0.5, -0.5)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=len(labels))
        save(figure, out)


def _forest(axes: Axes, title: str, differences: Sequence[Measured]) -> None:
    places = list(range(len(differences)))
    pairs, seeds = [one.over_pairs for one in differences], [one.over_seeds for one in differences if one.over_seeds]
    axes.axvline(0, color=INK, linewidth=1)
    low, high = ([100 * getattr(one, end) for one in pairs] for end in ("low", "high"))
    axes.hlines(places, low, high, color=BLUE, alpha=0.25, linewidth=8, label="over pairs")
    if len(seeds) == len(differences):
        each = [(100 * value, place + 0.3) for place, one in enumerate(differences) for value in one.by_seed]
        points(axes, seeds, places, BLUE, "o", label="mean, over seeds", scale=100)
        axes.plot(*zip(*each, strict=True), "o", color=GREY, markersize=3.5, label="each seed")
    else:
        axes.plot([100 * one.value for one in pairs], places, "o", color=BLUE, markersize=6, label="the one seed")
    axes.set_xlim(_limits(differences))
    axes.set_title(title)
    axes.set_xlabel("points of accuracy to the base")


def _limits(differences: Sequence[Measured]) -> tuple[float, float]:
    """Ends of a panel, in points. Intervals over two seeds would hide all else, so wide are they: they may leave it."""
    shown = [value for one in differences for value in (one.over_pairs.low, one.over_pairs.high, *one.by_seed)]
    low, high = 100 * min(0.0, *shown), 100 * max(0.0, *shown)
    edge = max(0.08 * (high - low), 0.05)
    return low - edge, high + edge


def _row(found: dict) -> Row:
    ensemble = found["ensemble"]
    accuracy = Estimate(*(ensemble[f"accuracy.model{end}"] for end in ("", ".low", ".high")))
    difference = _measured(found["difference"]) if found["difference"] else None
    return Row(found["variant"], _measured(found["accuracy"]), difference, accuracy, ensemble["ece"])


def _measured(found: dict) -> Measured:
    over_pairs, over_seeds = found["over_pairs"], found["over_seeds"]
    seeds = Estimate(found["mean"], *over_seeds) if over_seeds else None
    return Measured(Estimate(found["mean"], *over_pairs), seeds, found["by_seed"])
