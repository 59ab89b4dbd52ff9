"""Figures of what a run learnt: its training curves and its metrics beside baselines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from yiju.report.curves import Curve, read_curves
from yiju.report.results import (
    METRICS,
    MODELS,
    RATIONALES,
    TRIVIAL,
    Estimate,
    Judgements,
    Plausibility,
    read_judgements,
    read_plausibility,
)
from yiju.report.style import BLUE, GREEN, GREY, INK, OLIVE, ORANGE, PURPLE, STYLE, WIDTH, notice, points, save

FOLD_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, OLIVE, GREY)
DASHES = ("-", "--", "-.", ":")
LOOKS = {"model": (INK, "o"), "overlap": (OLIVE, "D"), "majority": (GREY, "s")}


def plot_training(posttrain: Sequence[str], folds: Sequence[str], out: str) -> None:
    """Draw the curves of post-training, where there was any, and of every fold's fine-tuning."""
    before, curves = read_curves(posttrain, folds)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 5.6 if before else 3.0), layout="constrained")
        panels = figure.subplots(2 if before else 1, 2, squeeze=False)
        if before:
            _losses(panels[0][0], [before], "Post-training: loss")
            _evaluations(panels[0][1], [before], "perplexity", "Post-training: perplexity, held-out sentences", False)
        _losses(panels[-1][0], curves, "Fine-tuning: loss")
        _evaluations(panels[-1][1], curves, "accuracy", "Fine-tuning: accuracy, selection pairs", True)
        panels[-1][1].yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
        save(figure, out)


def plot_accuracy(names: Sequence[str], metrics: Sequence[str], out: str) -> None:
    """Draw accuracy of model and baselines on every labelled set. metrics: the sets' metrics.json."""
    sets = [read_judgements(name, path) for name, path in zip(names, metrics, strict=True)]
    labelled = [one for one in sets if one.accuracy]
    with mpl.rc_context(STYLE):
        save(_accuracy(labelled) if labelled else notice("No set of this run has labels."), out)


def plot_rationales(names: Sequence[tuple[str, str]], metrics: Sequence[str], out: str) -> None:
    """Draw plausibility and consistency beside trivial rules. names: set and method of each metrics.json."""
    found = [read_plausibility(name, method, path) for (name, method), path in zip(names, metrics, strict=True)]
    measured = [one for one in found if one.metrics]
    with mpl.rc_context(STYLE):
        empty = "No set of this run has gold rationales or disturbed forms."
        save(_rationales(measured) if measured else notice(empty), out)


def _losses(axes: Axes, curves: Sequence[Curve], title: str) -> None:
    for curve, colour, dashes in _looks(curves):
        if len(curves) == 1:
            axes.plot(curve.updates, curve.losses, color=colour, alpha=0.22, linewidth=0.7)
        axes.plot(curve.updates, curve.smooth, dashes, color=colour, linewidth=1.6, label=curve.name)
    _updates(axes, curves, title)


def _evaluations(axes: Axes, curves: Sequence[Curve], name: str, title: str, largest: bool) -> None:
    for curve, colour, dashes in _looks(curves):
        axes.plot(*curve.series(name), dashes, color=colour, marker=".", linewidth=1.4, label=curve.name)
        best = curve.best(name, largest)
        if best:
            ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": INK, "markersize": 9}
            axes.plot(*best, "o", **ring, label="kept" if curve is curves[0] else None)
    _updates(axes, curves, title)


def _updates(axes: Axes, curves: Sequence[Curve], title: str) -> None:
    axes.set_title(title)
    axes.set_xlabel("update")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda update, _: f"{update:,.0f}"))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
    if len(curves) > 1:
        axes.legend(ncols=2)


def _looks(curves: Sequence[Curve]) -> list[tuple[Curve, str, str]]:
    return list(zip(curves, cycle(FOLD_COLOURS), cycle(DASHES), strict=False))


def _accuracy(sets: Sequence[Judgements]) -> Figure:
    figure = Figure(figsize=(WIDTH, 1.3 + 0.75 * len(sets)), layout="constrained")
    axes = figure.subplots()
    for model, shift in zip(MODELS, (-0.22, 0, 0.22), strict=True):
        estimates = [one.accuracy[model] for one in sets]
        places = [place + shift for place in range(len(sets))]
        points(axes, estimates, places, *LOOKS[model], label=MODELS[model], scale=100)
    axes.set_yticks(range(len(sets)), [f"{one.name} ({one.labelled:,})" for one in sets])
    axes.set_ylim(len(sets) - 0.5, -0.5)
    axes.set_xlabel("accuracy in %, with 95 % intervals")
    axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
    return figure


def _rationales(found: Sequence[Plausibility]) -> Figure:
    rows = _rows(found)
    metrics = [metric for metric in METRICS if any(metric in one.metrics for one in found)]
    figure = Figure(figsize=(WIDTH, 1.0 + 0.32 * len(rows)), layout="constrained")
    panels = figure.subplots(1, len(metrics), squeeze=False, sharey=True)[0]
    for axes, metric in zip(panels, metrics, strict=True):
        for place, (_, kind, values) in enumerate(rows):
            if metric in values:
                colour, marker = {"faithful": (INK, "o"), "harmonised": (OLIVE, "D")}.get(kind, (GREY, "s"))
                points(axes, [values[metric]], [place], colour, marker)
        axes.set_title(METRICS[metric])
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    panels[0].set_yticks(range(len(rows)), [label for label, _, _ in rows])
    panels[0].set_ylim(len(rows) - 0.5, -0.5)
    return figure


def _rows(found: Sequence[Plausibility]) -> list[tuple[str, str, dict[str, Estimate]]]:
    """Label, kind and figures of every row; trivial rules, which know no method, once a set, after its methods."""
    several_sets = len({one.name for one in found}) > 1
    several_methods = len({one.method for one in found}) > 1
    rows = []
    for position, one in enumerate(found):
        prefix = f"{one.name}: " if several_sets else ""
        suffix = f" ({one.method})" if several_methods else ""
        rows += [(f"{prefix}{label}{suffix}", kind, one.rows[kind]) for kind, label in RATIONALES.items()]
        if position + 1 == len(found) or found[position + 1].name != one.name:
            rows += [(f"{prefix}{label}", kind, one.rows[kind]) for kind, label in TRIVIAL.items()]
    return rows
