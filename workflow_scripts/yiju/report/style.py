"""How the figures look: on a white card, in colours that the colour-blind tell apart, as SVG of the same bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from yiju.provenance import write_text
from yiju.report.results import Estimate

# Okabe and Ito's palette; markers and dashes tell the same as the colours.
BLUE, ORANGE, GREEN, PURPLE, OLIVE, GREY, INK = (
    "#0072b2",
    "#d55e00",
    "#00795a",
    "#a8578a",
    "#8a6d00",
    "#6b6b6b",
    "#222222",
)
# Colour, marker and dashes of a split.
SPLIT_LOOKS = {"train": (BLUE, "o", "-"), "dev": (ORANGE, "D", "--"), "test": (GREEN, "s", ":")}
STYLE = {
    "svg.hashsalt": "yiju",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#999999",
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
WIDTH = 8.4


def points(
    axes: Axes,
    estimates: Sequence[Estimate],
    places: Sequence[float],
    colour: str,
    marker: str,
    label: str | None = None,
    scale: float = 1,
) -> None:
    """Draw estimates with their intervals along a row each; places: where the rows lie."""
    values = [scale * one.value for one in estimates]
    # An interval of a group bootstrap may leave its mean outside by a rounding.
    below = [max(0.0, scale * (one.value - one.low)) for one in estimates]
    above = [max(0.0, scale * (one.high - one.value)) for one in estimates]
    axes.errorbar(
        values,
        places,
        xerr=[below, above],
        fmt=marker,
        color=colour,
        markersize=6,
        capsize=3,
        linewidth=1.4,
        label=label,
    )


def notice(text: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    figure = Figure(figsize=(WIDTH, 1.0))
    figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=11)
    return figure


def save(figure: Figure, out: str) -> None:
    """Write a figure as SVG, atomically."""
    # No date, no version: two renders of the same numbers are the same file.
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata=nothing)
    write_text(out, _compact(drawn.getvalue()))


def _compact(svg: str) -> str:
    """The same picture in fewer bytes: no comments, names of groups or white space; thousandths of a point."""
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<g) id="[^"]*"', r"\1", re.sub(r">\s+<", "><", svg))
    return re.sub(r"-?\d+\.\d{4,}", lambda number: f"{float(number[0]):.3f}".rstrip("0").rstrip("."), svg)
