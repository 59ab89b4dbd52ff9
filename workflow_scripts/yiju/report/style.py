"""How the figures look: on a white card, in colours that the colour-blind distinguish, as SVG of the same bytes."""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from yiju.base.files import write_text
from yiju.report.fonts import CHINESE, PLAIN, TOFU, families
from yiju.report.results import Estimate

log = logging.getLogger(__name__)
Dashes = Literal["-", "--", "-.", ":"]
# Okabe and Ito's palette; markers and dashes say the same as the colours.
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
SPLIT_LOOKS: dict[str, tuple[str, str, Dashes]] = {
    "train": (BLUE, "o", "-"),
    "dev": (ORANGE, "D", "--"),
    "test": (GREEN, "s", ":"),
}
# Colours with dashes, for lines that need telling apart without colour too.
SERIES = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PURPLE, ":"), (OLIVE, "-"), (GREY, "--"))
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "yiju",
    "svg.fonttype": "path",
    "font.family": families(),
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
    """Write a figure as SVG, atomically.

    Text is drawn as outlines, so that it looks the same everywhere. Where it has a character that no font here has, the
    text stays text, and the reader's browser draws it: never an empty box.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        drawn = _draw(figure)
    lacking = [one for one in said if TOFU in str(one.message)]
    if lacking:
        log.warning(
            "%s: no font of this machine has all of its characters, so the reader's fonts are used; for outlines "
            "install a Chinese font, such as Noto Sans CJK (%s)",
            Path(out).name,
            lacking[0].message,
        )
        drawn = _left_to_browsers(figure)
    for one in said:
        if one not in lacking:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    write_text(out, _compact(drawn))


def _left_to_browsers(figure: Figure) -> str:
    with mpl.rc_context({"svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = _draw(figure)
    # Named only now: matplotlib would look for each of them here.
    return drawn.replace(f"'{PLAIN}'", ", ".join(f"'{name}'" for name in [PLAIN, *CHINESE]) + ", sans-serif")


def _draw(figure: Figure) -> str:
    # No date, no version: two renders of the same numbers are the same file.
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata=nothing)
    return drawn.getvalue()


def _compact(svg: str) -> str:
    """The same picture in fewer bytes: no comments, names of groups or white space; thousandths of a point."""
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<g) id="[^"]*"', r"\1", re.sub(r">\s+<", "><", svg))
    return re.sub(r"-?\d+\.\d{4,}", lambda number: f"{float(number[0]):.3f}".rstrip("0").rstrip("."), svg)
