"""Charts of the page, drawn by matplotlib as SVG that takes its colours and its letters from the style sheet."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

# matplotlib is loaded where a chart is drawn: what only reads the figures of a run starts without it.
if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Inches; 72 units of the view box each. A chart is as wide as a phone, of a small one two are.
SIZE, SMALL_SIZE = (5.0, 3.1), (2.3, 1.25)
# Stand-ins for colours of the style sheet, which matplotlib does not know: series, ink, soft ink and lines.
SERIES = ("#f0f000", "#f0f001", "#f0f002", "#f0f003", "#f0f004", "#f0f005")
INK, SOFT, LINE = "#f0f0a0", "#f0f0a1", "#f0f0a2"
VARIABLES = {
    **dict(zip(SERIES, ("ink", "s1", "s2", "s3", "s4", "s5"), strict=True)),
    INK: "ink",
    SOFT: "soft",
    LINE: "line",
}
# Dashes say the same as the colours: for matplotlib, and for the legend's SVG.
DASHES: tuple[tuple[Any, str], ...] = (
    ("-", ""),
    ((0, (6, 3)), "6 3"),
    ((0, (2, 3)), "2 3"),
    ((0, (8, 3, 2, 3)), "8 3 2 3"),
)
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "yiju",
    "font.size": 11,
    "text.parse_math": False,
    "text.color": SOFT,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": LINE,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "ytick.major.size": 0,
    "lines.linewidth": 1.6,
}
# A line needs no more points than the chart has places for.
MOST_POINTS = 400
# Of fewer values each is a point as well.
FEW = 30
Tick = tuple[float, str]


@dataclass(frozen=True)
class Series:
    """Values at places. look: number of its colour and dashes; thin: a line behind the others; dots: no line; small:
    the dots are small and let others shine through.

    ends: low and high of the interval of each value, or none; ring: a point of it that stands out.
    """

    name: str
    look: int
    places: Sequence[float]
    values: Sequence[float]
    thin: bool = False
    dots: bool = False
    small: bool = False
    ends: Sequence[tuple[float, float]] = ()
    ring: tuple[float, float] | None = None


@dataclass(frozen=True)
class Axis:
    """From low to high; told: how a value of it is written."""

    title: str
    low: float
    high: float
    told: Callable[[float], str] = "{:g}".format


@dataclass(frozen=True)
class Named:
    """What the legend lists: the name of a series, the number of its colour, and its dashes."""

    name: str
    colour: int
    dashes: str


@dataclass(frozen=True)
class Chart:
    """A chart. x_title, y_title: of its axes; svg: without size and title; named: its series, if there are several."""

    title: str
    x_title: str
    y_title: str
    svg: Markup
    named: list[Named]


@dataclass(frozen=True)
class Small:
    """A small histogram, one of many: its title and its SVG."""

    title: str
    svg: Markup


def draw(
    title: str, x: Axis, y: Axis, series: Sequence[Series], upright: float | None = None, diagonal: bool = False
) -> Chart:
    """A chart of lines and points. upright: a value of x that is marked; diagonal: draw where y is x."""
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot(xlim=(x.low, x.high), ylim=(y.low, y.high), xlabel=x.title, ylabel=y.title)
        for drawn, axis in ((axes.xaxis, x), (axes.yaxis, y)):
            drawn.set_major_locator(MaxNLocator(5))
            drawn.set_major_formatter(FuncFormatter(lambda value, _, told=axis.told: told(value)))
        if diagonal:
            axes.plot([x.low, x.high], [x.low, x.high], color=SOFT, linestyle="--", linewidth=1)
        if upright is not None:
            axes.axvline(upright, color=INK, linestyle=":", linewidth=1.4)
        for one in series:
            _draw(axes, one)
        listed = [one for one in series if one.name and not one.thin]
        named = [Named(one.name, one.look % len(SERIES), DASHES[one.look % len(DASHES)][1]) for one in listed]
        return Chart(
            title, x.title, y.title, _svg(figure, f"{title} {x.title} {series}"), named if len(named) > 1 else []
        )


def histograms(title: str, ticks: Sequence[Tick], counts: Sequence[tuple[str, int, Sequence[int]]]) -> Small:
    """Shares of each series by bin. ticks: places, counted in bins, and texts; counts: name, look and rows by bin."""
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    with mpl.rc_context(STYLE | {"font.size": 9}):
        figure = Figure(figsize=SMALL_SIZE, layout="constrained")
        axes = figure.add_subplot()
        for _, look, rows in counts:
            if sum(rows):
                colour, dashes = _look(look)
                shares = np.array(rows) / sum(rows)
                axes.stairs(shares, color=colour, linestyle=dashes, linewidth=1.1)
                axes.stairs(shares, color=colour, fill=True, alpha=0.1, linewidth=0)
        axes.set_xticks([at for at, _ in ticks], [text for _, text in ticks])
        axes.yaxis.set_major_locator(MaxNLocator(2))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}"))
        return Small(title, _svg(figure, f"{title} {ticks} {counts}"))


def limits(values: Iterable[float]) -> tuple[float, float]:
    """Ends of an axis around values, a little apart where they are equal."""
    known = [value for value in values if isfinite(value)] or [0.0]
    low, high = min(known), max(known)
    edge = 0.04 * (high - low) or 0.05 * abs(high) or 0.5
    return low - edge, high + edge


def thinned(values: Sequence, most: int = MOST_POINTS) -> list:
    """Every so many of the values, the last one among them."""
    step = max(1, ceil(len(values) / most))
    return [*values[:-1:step], *values[-1:]]


def _draw(axes: Axes, one: Series) -> None:
    colour, dashes = _look(one.look)
    if one.ends:
        low, high = zip(*one.ends, strict=True)
        axes.vlines(one.places, low, high, color=colour, linewidth=1.2)
    if one.dots:
        size, alpha = (2.5, 0.5) if one.small else (5, 1)
        marker = "ovs^"[one.look % 4] if one.small else "o"
        axes.plot(one.places, one.values, marker, color=colour, markersize=size, alpha=alpha, markeredgewidth=0)
    elif one.thin:
        axes.plot(one.places, one.values, color=colour, linewidth=0.7, alpha=0.35)
    else:
        axes.plot(
            one.places,
            one.values,
            color=colour,
            linestyle=dashes,
            marker="o" if len(one.values) < FEW else "",
            markersize=3,
        )
    if one.ring:
        axes.plot(*one.ring, "o", markersize=9, markerfacecolor="none", markeredgecolor=INK, clip_on=False)


def _look(number: int) -> tuple[str, Any]:
    return SERIES[number % len(SERIES)], DASHES[number % len(DASHES)][0]


def _rounded(number: str) -> str:
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


def _svg(figure: Figure, name: str) -> Markup:
    """The figure as an element of a page: in the page's colours and letters, of the same bytes for the same numbers.

    name: makes the names in it other ones than those of another figure of the page. Only what matplotlib draws is in
    it, which escapes the texts.
    """
    import matplotlib as mpl

    figure.patch.set_visible(False)
    for axes in figure.axes:
        axes.patch.set_visible(False)
    drawn = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}), warnings.catch_warnings():
        # The reader's browser draws the letters, also those that matplotlib's font lacks.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(drawn, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    svg = re.search(r"<svg .*</svg>", drawn.getvalue(), re.DOTALL)
    assert svg, "matplotlib writes SVG"
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", svg[0], flags=re.DOTALL)
    # Sizes are the style sheet's, and so are the letters; names of groups are of no use.
    text = re.sub(r'<svg [^>]*(viewBox="[^"]*")[^>]*>', r"<svg \1>", text, count=1)
    text = re.sub(r'(<g) id="[^"]*"', r"\1", re.sub(r">\s+<", "><", text)).replace("xlink:href", "href")
    text = re.sub(r"<defs><style.*?</style></defs>|font-family: [^;\"]*;? ?", "", text, flags=re.DOTALL)
    # Places are rounded, texts are not: two numbers of an axis may differ in the third decimal alone.
    text = re.sub(r">[^<]+<|-?\d+\.\d{3,}", lambda found: found[0] if found[0][0] == ">" else _rounded(found[0]), text)
    for stand_in, variable in VARIABLES.items():
        text = text.replace(stand_in, f"var(--{variable})")
    return Markup(text)
