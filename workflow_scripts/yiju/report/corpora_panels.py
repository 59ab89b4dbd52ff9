"""Figures with a panel for each corpus, or a cell for each two: lengths, overlap by label, duplicates."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from yiju.report.sections.corpus_statistics_section import (
    LABELS,
    SplitStatistics,
    by_corpus,
    overlap_by_label,
    read_statistics,
)
from yiju.report.style import GREY, INK, OLIVE, SPLIT_LOOKS, STYLE, WIDTH, Dashes, notice, save

LABEL_LOOKS: dict[str, tuple[str, Dashes]] = {"1": (INK, "-"), "0": (OLIVE, "--"), "none": (GREY, ":")}
COLUMNS = 4
SHADES = 8
NOTHING = "There are no pairs to describe."


def plot_lengths(statistics: str, out: str) -> None:
    """Draw how long the sentences of every corpus are, by split."""
    found = _read(statistics)
    corpora = by_corpus(read_statistics(found))
    with mpl.rc_context(STYLE):
        save(_lengths(corpora, found["length_bins"]) if corpora else notice(NOTHING), out)


def plot_overlap(statistics: str, out: str) -> None:
    """Draw how far the two sentences of a pair overlap, by label, for every corpus."""
    found = _read(statistics)
    corpora = by_corpus(read_statistics(found))
    with mpl.rc_context(STYLE):
        save(_overlap(corpora, found["overlap_bins"]) if corpora else notice(NOTHING), out)


def plot_duplicates(duplicates: str, out: str) -> None:
    """Draw which share of each corpus's pairs every corpus holds, exactly and nearly, as two matrices."""
    found = _read(duplicates)
    with mpl.rc_context(STYLE | {"axes.grid": False}):
        save(_duplicates(found) if found["corpora"] else notice("There are no pairs to compare."), out)


def _lengths(corpora: dict[str, list[SplitStatistics]], bins: Sequence[float]) -> Figure:
    places = np.linspace(0, len(bins) - 1, 5).astype(int)
    # The last bin is open.
    names = [f"{bins[place]:g}" for place in places[:-1]] + [f"{bins[-1]:g}+"]
    figure, panels = _grid(list(corpora), dict(zip(places, names, strict=True)))
    for axes, splits in zip(panels, corpora.values(), strict=True):
        for one in splits:
            colour, _, dashes = SPLIT_LOOKS[one.split]
            _distribution(axes, one.length["histogram"], colour, dashes)
    _legend(figure, {split: (colour, dashes) for split, (colour, _, dashes) in SPLIT_LOOKS.items()})
    figure.supxlabel("characters of a sentence", fontsize=10)
    figure.supylabel("% of the sentences of a split", fontsize=10)
    return figure


def _overlap(corpora: dict[str, list[SplitStatistics]], bins: Sequence[float]) -> Figure:
    names = ("0", "0.5", "1")
    figure, panels = _grid(list(corpora), dict(zip(np.linspace(0, len(bins), len(names)), names, strict=True)))
    for axes, splits in zip(panels, corpora.values(), strict=True):
        for label, look in LABEL_LOOKS.items():
            _distribution(axes, overlap_by_label(splits, label), *look)
    _legend(figure, {LABELS[label]: look for label, look in LABEL_LOOKS.items()})
    figure.supxlabel("overlap of the two sentences (Dice coefficient of their characters)", fontsize=10)
    figure.supylabel("% of the pairs with that label", fontsize=10)
    return figure


def _grid(names: Sequence[str], ticks: dict[float, str]) -> tuple[Figure, list[Axes]]:
    """A panel for each name. ticks: labels by place, counted in bins."""
    rows = -(-len(names) // COLUMNS)
    figure = Figure(figsize=(WIDTH, 1.0 + 1.3 * rows), layout="constrained")
    panels = list(figure.subplots(rows, COLUMNS, squeeze=False, sharex=True).flat)
    for place, axes in enumerate(panels):
        lowest = place + COLUMNS >= len(names)
        axes.grid(axis="x", visible=False)
        axes.set_xticks(list(ticks), list(ticks.values()))
        axes.tick_params(axis="x", labelsize=8, length=2, bottom=lowest, labelbottom=lowest)
        axes.tick_params(axis="y", labelsize=8, length=0)
        axes.locator_params(axis="y", nbins=3)
        axes.set_visible(place < len(names))
    for axes, name in zip(panels, names, strict=False):
        axes.set_title(name, fontsize=9)
    return figure, panels[: len(names)]


def _distribution(axes: Axes, histogram: Sequence[int], colour: str, dashes: str) -> None:
    rows = sum(histogram)
    if rows:
        shares = 100 * np.array(histogram) / rows
        axes.stairs(shares, fill=True, facecolor=(colour, 0.12), edgecolor=colour, linestyle=dashes, linewidth=1.5)


def _legend(figure: Figure, looks: dict[str, tuple[str, Dashes]]) -> None:
    lines = [Line2D([], [], color=colour, linestyle=dashes) for colour, dashes in looks.values()]
    figure.legend(lines, list(looks), loc="outside upper left", ncols=len(looks))


def _duplicates(found: dict) -> Figure:
    names = found["corpora"]
    figure = Figure(figsize=(WIDTH, 2 * (1.6 + 0.27 * len(names))), layout="constrained")
    titles = {
        "exact": "same pair, % of the row's pairs that the column holds",
        "near": f"same or nearly the same pair (from {found['similarity']:g} of common bigrams on)",
    }
    for axes, (kind, title) in zip(figure.subplots(2, 1), titles.items(), strict=True):
        _matrix(axes, 100 * np.array(found[kind], dtype=float), names)
        axes.set_title(title, fontsize=10)
    return figure


def _matrix(axes: Axes, shares: np.ndarray, names: Sequence[str]) -> None:
    """Shares in percent as shades and numbers; what is 0 stays grey, what rounds to 0 has its shade only."""
    axes.set_facecolor("#f3f4f5")
    places, ends = np.repeat(range(1, len(names)), 3), np.tile([0, len(names), np.nan], len(names) - 1)
    axes.plot(places, ends, color="white", linewidth=1)
    axes.plot(ends, places, color="white", linewidth=1)
    for shade in range(1, SHADES + 1):
        # A square root, so that a few percent differ from none.
        cells = np.argwhere((shares > 0) & (np.ceil(SHADES * np.sqrt(shares / 100)) == shade))
        if len(cells):
            squares = [Path.unit_rectangle().transformed(Affine2D().translate(x, y)) for y, x in cells]
            colour = colormaps["Blues"](0.1 + 0.8 * shade / SHADES)
            axes.add_patch(PathPatch(Path.make_compound_path(*squares), facecolor=colour, edgecolor="white"))
    axes.set_xticks(np.arange(len(names)) + 0.5, names, rotation=50, ha="right", rotation_mode="anchor", fontsize=8)
    axes.set_yticks(np.arange(len(names)) + 0.5, names, fontsize=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set(xlim=(0, len(names)), ylim=(len(names), 0))
    for row, column in np.argwhere(shares >= 0.05):
        share = shares[row, column]
        number = f"{share:.0f}" if share >= 0.95 else f"{share:.1f}".lstrip("0")
        look: dict[str, Any] = {
            "ha": "center",
            "va": "center",
            "fontsize": 6.5,
            "color": "white" if share > 45 else INK,
        }
        axes.text(column + 0.5, row + 0.5, number, **look)


def _read(path: str) -> dict:
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
