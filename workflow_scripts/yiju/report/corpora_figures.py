"""Figures with a row for each corpus or split: what became of their rows, label balance, what shortcuts reach."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from yiju.report.results import Estimate
from yiju.report.sections.corpus_statistics_section import SplitStatistics, by_corpus, read_statistics
from yiju.report.sections.ledger_section import Corpus, read_ledger
from yiju.report.sections.shortcuts_section import SHORTCUTS, AuditedSplit, read_splits
from yiju.report.style import BLUE, GREEN, GREY, INK, OLIVE, ORANGE, PURPLE, SPLIT_LOOKS, STYLE, WIDTH, notice, save

# What is kept is pale, so that what is missing stands out; what readers left out is hatched.
KEPT = "#d5dfe8"
REASON_COLOURS = (ORANGE, BLUE, GREEN, PURPLE, OLIVE, "#56b4e9", "#e69f00", INK)
HATCHES = {"filter": "", "reader": "//////"}
# Characters of a reason that the legend has room for.
WIDEST = 48
# By whether a split rewards the shortcut.
SHORTCUT_LOOKS = {False: (BLUE, "o"), True: (ORANGE, "D")}


def plot_ledger(ledger: str, order: Sequence[str], out: str) -> None:
    """Draw for every corpus the shares of its rows that were kept, and left out by reason. order: the corpora."""
    corpora, _ = read_ledger(_read(ledger), order)
    with mpl.rc_context(STYLE | {"hatch.color": "white", "hatch.linewidth": 0.8}):
        save(_ledger(corpora), out)


def plot_labels(statistics: str, out: str) -> None:
    """Draw the share of similar pairs of every labelled split."""
    splits = read_statistics(_read(statistics))
    labelled = any(one.labelled for one in splits)
    with mpl.rc_context(STYLE):
        save(_labels(by_corpus(splits)) if labelled else notice("No split of this run has labels."), out)


def plot_shortcuts(audit: str, out: str) -> None:
    """Draw how often each shortcut alone is right on every audited split, beside its more frequent label."""
    splits = read_splits(_read(audit))
    with mpl.rc_context(STYLE):
        save(_shortcuts(splits) if splits else notice("No split of this run has labels enough for the audit."), out)


def bar_parts(corpora: Sequence[Corpus]) -> Iterator[tuple[str, str, str, list[int]]]:
    """Label, colour, hatch and rows by corpus of each part of the bars; the commonest reasons go by their names."""
    yield "kept", KEPT, "", [one.kept for one in corpora]
    left_out = [_left_out(one) for one in corpora]
    reasons = [reason for reason, _ in sum(left_out, Counter()).most_common(len(REASON_COLOURS))]
    for (by, reason), colour in zip(reasons, REASON_COLOURS, strict=False):
        yield (
            f"{shorten(reason, WIDEST, placeholder=' …')} ({by})",
            colour,
            HATCHES[by],
            [rows[by, reason] for rows in left_out],
        )
    rest = [sum(rows.values()) - sum(rows[reason] for reason in reasons) for rows in left_out]
    if any(rest):
        yield "other reasons", GREY, "", rest


def _ledger(corpora: Sequence[Corpus]) -> Figure:
    parts = list(bar_parts(corpora))
    figure = Figure(figsize=(WIDTH, 1.0 + 0.3 * len(corpora) + 0.11 * len(parts)), layout="constrained")
    axes = figure.subplots()
    begin = np.zeros(len(corpora))
    read = np.array([max(one.read, 1) for one in corpora])
    for label, colour, hatch, rows in parts:
        width = 100 * np.array(rows) / read
        there = np.flatnonzero(width)
        # A line of its own colour keeps the thinnest part visible.
        look: dict[str, Any] = {
            "color": colour,
            "hatch": hatch,
            "edgecolor": "white" if hatch else colour,
            "linewidth": 0.4,
        }
        axes.barh(there, width[there], 0.7, begin[there], label=label, **look)
        begin += width
    _rows(axes, [one.name for one in corpora], [f"{one.kept:,} of {one.read:,}" for one in corpora])
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of the rows read; at the right, rows kept of rows read")
    figure.legend(loc="outside upper left", ncols=2, fontsize=8.5)
    return figure


def _left_out(one: Corpus) -> Counter[tuple[str, str]]:
    counts = {"filter": one.dropped, "reader": one.rejected}
    return Counter({(by, reason): rows for by, found in counts.items() for reason, rows in found.items()})


def _labels(corpora: dict[str, list[SplitStatistics]]) -> Figure:
    figure = Figure(figsize=(WIDTH, 1.0 + 0.28 * len(corpora)), layout="constrained")
    axes = figure.subplots()
    for split, (colour, marker, _) in SPLIT_LOOKS.items():
        shift = 0.24 * (list(SPLIT_LOOKS).index(split) - 1)
        shares = [
            (100 * one.similar, place + shift)
            for place, splits in enumerate(corpora.values())
            for one in splits
            if one.split == split and one.similar is not None
        ]
        if shares:
            axes.plot(*zip(*shares, strict=True), marker, color=colour, markersize=5.5, label=split)
    unlabelled = [", ".join(one.split for one in splits if not one.labelled) for splits in corpora.values()]
    _rows(axes, list(corpora), [f"no labels: {splits}" if splits else "" for splits in unlabelled])
    axes.axvline(50, color=INK, linewidth=0.8)
    axes.set_xlim(-2, 102)
    axes.set_xlabel("% of the labelled pairs that are similar")
    figure.legend(loc="outside upper left", ncols=3)
    return figure


def _shortcuts(splits: Sequence[AuditedSplit]) -> Figure:
    figure = Figure(figsize=(WIDTH, 1.2 + 0.25 * len(splits)), layout="constrained")
    panels = figure.subplots(1, len(SHORTCUTS), squeeze=False, sharex=True, sharey=True)[0]
    for axes, (shortcut, title) in zip(panels, SHORTCUTS.items(), strict=True):
        axes.plot([100 * one.majority for one in splits], range(len(splits)), "|", color=INK, markersize=11)
        for rewarded, look in SHORTCUT_LOOKS.items():
            chosen = [
                (place, one.shortcuts[shortcut])
                for place, one in enumerate(splits)
                if (shortcut in one.rewarded) == rewarded
            ]
            _dots(axes, chosen, *look)
        axes.set_title(f"{title} alone", fontsize=9.5)
        axes.tick_params(axis="y", length=0)
    _rows(panels[0], [one.name for one in splits])
    figure.supxlabel("accuracy in %", fontsize=10)
    looks = {"more frequent label": (INK, "|", 9)} | {
        "shortcut alone, with interval": (*SHORTCUT_LOOKS[False], 5),
        "the same, where the split rewards it": (*SHORTCUT_LOOKS[True], 5),
    }
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=size, linewidth=0)
        for colour, marker, size in looks.values()
    ]
    figure.legend(handles, list(looks), loc="outside upper left", ncols=3)
    return figure


def _dots(axes: Axes, estimates: Sequence[tuple[int, Estimate]], colour: str, marker: str) -> None:
    """Draw estimates in their rows, all intervals as one line with gaps, for there are many."""
    ends = [(100 * end, place) for place, one in estimates for end in (one.low, one.high, np.nan)]
    values = [(100 * one.value, place) for place, one in estimates]
    if values:
        axes.plot(*zip(*ends, strict=True), color=colour, linewidth=1.6)
        axes.plot(*zip(*values, strict=True), marker, color=colour, markersize=4.5)


def _rows(axes: Axes, names: Sequence[str], notes: Sequence[str] = ()) -> None:
    """Name the rows, the first one on top; notes stand at their right ends."""
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.5, -0.5)
    for place, note in enumerate(notes):
        axes.text(1.015, place, note, transform=axes.get_yaxis_transform(), va="center", fontsize=8.5, color=GREY)


def _read(path: str) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))
