"""Explanation methods side by side on a set: as the report tells it, and as a figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from yiju.encoder.steps import ALL, STEPS
from yiju.report.faithfulness import LABELS, OPERATORS
from yiju.report.results import TRIVIAL, Estimate, read_estimate
from yiju.report.style import GREEN, GREY, INK, PURPLE, STYLE, WIDTH, points, save

# Figures made for pairs, by name in study.json before operator and label: what is deleted or masked there.
PAIRWISE = {"one_sided.beyond_random": "from one sentence", "alone.beyond_random": "all but the rationale"}
DECIDING = [f"{metric}.{operator}" for operator in OPERATORS for metric in PAIRWISE]
KEPT, SMALLEST = "kept.delete", "smallest"
LOOKS = {"similar": (GREEN, "o"), "not_similar": (PURPLE, "D")}
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
    "seeds.spearman": ("agreement of seeds", 0),
    "seeds.first_three": ("same first three or ties", 0),
    "seeds.tied": ("ties", 0),
    "edits.spearman": ("agreement after edits", 0),
}
RANDOMISATION = {
    **{f"randomisation.{step}": (words, 0) for step, words in STEPS.items() if step != ALL},
    "randomisation": (STEPS[ALL], 0),
    "randomisation.chance": ("random scores", 0),
}
# Edits that keep the meaning, by name in study.json.
EDITS = {
    "half_width": "full-width characters made half-width",
    "final_mark": "final mark added or removed",
    "spaced": "space between Chinese and Latin characters",
}


@dataclass(frozen=True)
class Row:
    """A method, or a rule that never looks at the model.

    seconds: of a pair, None of such a rule; draws: whether it draws samples, so that another seed may change what it
    says; by_label: figures made for pairs, of the labels that there are.
    """

    name: str
    trivial: bool
    seconds: float | None
    draws: bool
    figures: dict[str, Estimate]
    by_label: dict[str, dict[str, Estimate]]


@dataclass(frozen=True)
class Agreement:
    """Mean rank correlation of the scores of any two methods, None where it is not defined."""

    names: list[str]
    spearman: list[list[float | None]]


@dataclass(frozen=True)
class Study:
    """recommended: the method to trust first, or None; fails: by method, for what its rationales are not shown to hold;
    failed: methods that tell of the input, not of the model; left_out: methods that do not fit the model, and why;
    edits: how many pairs each edit changed, how many none changed, and how many are judged otherwise after it."""

    name: str
    items: int
    members: int
    rows: list[Row]
    agreement: Agreement
    recommended: str | None
    reason: str
    fails: dict[str, list[str]]
    failed: dict[str, float]
    left_out: dict[str, str]
    edits: dict

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
    rows = [_row(row) for row in found["methods"]]
    best, between = found["recommended"], found["agreement"]["methods"]
    return Study(
        *(found["set"], found["items"], len(found["members"]), rows),
        Agreement(between["names"], between["spearman"]),
        *(best["method"], best["reason"], best["fails"], best["randomised"]),
        found["left_out"],
        found["edits"],
    )


def _row(row: dict) -> Row:
    name = TRIVIAL.get(row["method"], row["method"])
    figures = _known(row, {name: name for name in FAITHFULNESS | BY_DELETION | EVIDENCE | RANDOMISATION})
    by_label = {
        label: _known(row, {name: f"{name}.{label}" for name in (*DECIDING, KEPT, SMALLEST)}) for label in LABELS
    }
    there = {label: own for label, own in by_label.items() if own}
    return Row(name, row["trivial"], row.get("seconds_per_pair"), row.get("draws", False), figures, there)


def _known(row: dict, keys: dict[str, str]) -> dict[str, Estimate]:
    """Figures by name; keys: what each is called in the row."""
    found = {name: read_estimate(row, key) for name, key in keys.items()}
    return {name: one for name, one in found.items() if one}


def plot_study(path: str, out: str) -> None:
    """Draw what decides: the figures made for pairs, by deletion and by label, of every method and trivial rule."""
    found = read_study(path)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 1.4 + 0.42 * len(found.rows)), layout="constrained")
        panels = figure.subplots(1, len(PAIRWISE), sharey=True)
        for axes, (metric, title) in zip(panels, PAIRWISE.items(), strict=True):
            axes.set_title(f"{title}, {OPERATORS['delete']}")
            _forest(axes, found.rows, f"{metric}.delete")
        panels[0].legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 1.1))
        save(figure, out)


def _forest(axes: Axes, rows: Sequence[Row], metric: str) -> None:
    axes.axvline(0, color=INK, linewidth=1)
    for (label, (colour, marker)), shift in zip(LOOKS.items(), (-0.15, 0.15), strict=True):
        for trivial, shown in ((False, colour), (True, GREY)):
            drawn = [place for place, row in enumerate(rows) if row.trivial == trivial and label in row.by_label]
            estimates = [rows[place].by_label[label][metric] for place in drawn]
            told = None if trivial or not drawn else f"pairs judged {LABELS[label]}"
            points(axes, estimates, [place + shift for place in drawn], shown, marker, told)
    axes.set_yticks(range(len(rows)), [row.name for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel("beyond random (more is better)")
