"""Charts of the page as numbers that its templates draw: in the colours of the page, at any width, without a library.

Places are units of the SVG's view box, whose text has the size of the page's where the chart is as wide as a phone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

WIDTH, HEIGHT = 360, 228
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 20, 42
# Of a small histogram, one of many.
SMALL_WIDTH, SMALL_HEIGHT, SMALL_LEFT, SMALL_BOTTOM = 164, 84, 26, 16
# Colours of the style sheet, and how the lines are dashed.
COLOURS = 6
DASHES = ("", "6 3", "2 3", "8 3 2 3")
# A line needs no more points than the chart has places for.
MOST_POINTS = 400
Tick = tuple[float, str]
Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """Values at places. look: number of its colour and dashes; thin: a line behind the others; dots: no line.

    ends: low and high of the interval of each value, or none; ring: a point of it that stands out.
    """

    name: str
    look: int
    places: Sequence[float]
    values: Sequence[float]
    thin: bool = False
    dots: bool = False
    ends: Sequence[tuple[float, float]] = ()
    ring: Point | None = None


@dataclass(frozen=True)
class Axis:
    """From low to high; told: how a value of it is written."""

    title: str
    low: float
    high: float
    told: Callable[[float], str] = "{:g}".format

    @property
    def ticks(self) -> list[float]:
        """Round values between the ends, about four."""
        span = (self.high - self.low) or 1.0
        power = 10 ** floor(log10(span / 4))
        step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if span / (factor * power) <= 5)
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [round(number * step, 10) for number in range(first, last + 1)]


@dataclass(frozen=True)
class Drawn:
    """A series in the view box. lines: points of polylines, one for each stretch without a gap."""

    name: str
    colour: int
    dashes: str
    thin: bool
    lines: list[str]
    dots: list[Point]
    whiskers: list[tuple[float, float, float]]
    ring: Point | None


@dataclass(frozen=True)
class Chart:
    """Everything that the template draws. upright: places of a marked value; diagonal: whether x = y is drawn."""

    title: str
    x_title: str
    y_title: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    series: list[Drawn]
    upright: float | None
    diagonal: str

    @property
    def named(self) -> list[Drawn]:
        """What the legend lists: nothing of a chart of one series."""
        listed = [one for one in self.series if one.name and not one.thin]
        return listed if len(listed) > 1 else []


@dataclass(frozen=True)
class Small:
    """A small histogram of several series. outlines: name, colour, dashes and path of each."""

    title: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    outlines: list[tuple[str, int, str, str]]


def draw(
    title: str, x: Axis, y: Axis, series: Sequence[Series], upright: float | None = None, diagonal: bool = False
) -> Chart:
    """A chart of lines and points. upright: a value of x that is marked; diagonal: draw where y is x."""
    across = _scale(x, LEFT, WIDTH - RIGHT)
    up = _scale(y, HEIGHT - BOTTOM, TOP)
    line = _points([(across(end), up(end)) for end in (x.low, x.high)]) if diagonal else ""
    return Chart(
        title,
        x.title,
        y.title,
        [(across(value), x.told(value)) for value in x.ticks],
        [(up(value), y.told(value)) for value in y.ticks],
        [_drawn(one, across, up) for one in series],
        None if upright is None else across(upright),
        line,
    )


def histograms(title: str, ticks: Sequence[Tick], counts: Sequence[tuple[str, int, Sequence[int]]]) -> Small:
    """Shares of each series by bin. ticks: places, counted in bins, and texts; counts: name, look and rows by bin."""
    bins = max((len(rows) for _, _, rows in counts), default=1)
    shares = [(name, look, [row / sum(rows) for row in rows]) for name, look, rows in counts if sum(rows)]
    top = max((max(own) for *_, own in shares), default=1.0)
    across = _scale(Axis("", 0, bins), SMALL_LEFT, SMALL_WIDTH - 2)
    up = _scale(Axis("", 0, top), SMALL_HEIGHT - SMALL_BOTTOM, 4)
    outlines = [(name, look % COLOURS, _dashes(look), _steps(own, across, up)) for name, look, own in shares]
    heights = [(up(value), f"{100 * value:.0f}") for value in (0.0, top)]
    return Small(title, [(across(at), text) for at, text in ticks], heights, outlines)


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


def _scale(axis: Axis, start: float, end: float) -> Callable[[float], float]:
    span = (axis.high - axis.low) or 1.0
    return lambda value: round(start + (end - start) * (value - axis.low) / span, 1)


def _drawn(one: Series, across: Callable[[float], float], up: Callable[[float], float]) -> Drawn:
    known = [
        (across(at), up(value)) if isfinite(value) else None for at, value in zip(one.places, one.values, strict=True)
    ]
    lines = [] if one.dots else [_points(run) for run in _runs(known)]
    dots = [point for point in known if point] if one.dots else []
    whiskers = [(across(at), up(low), up(high)) for at, (low, high) in zip(one.places, one.ends, strict=False)]
    ring = (across(one.ring[0]), up(one.ring[1])) if one.ring else None
    return Drawn(one.name, one.look % COLOURS, _dashes(one.look), one.thin, lines, dots, whiskers, ring)


def _dashes(look: int) -> str:
    return DASHES[look % len(DASHES)]


def _runs(points: Sequence[Point | None]) -> Iterator[list[Point]]:
    """Stretches of points without a gap."""
    run: list[Point] = []
    for point in [*points, None]:
        if point:
            run.append(point)
        elif run:
            yield run
            run = []


def _points(run: Sequence[Point]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in run)


def _steps(shares: Sequence[float], across: Callable[[float], float], up: Callable[[float], float]) -> str:
    """A path around the bars, from the first bin to the last."""
    parts = [f"M{across(0):g} {up(0):g}"]
    parts += [f"V{up(share):g}H{across(place + 1):g}" for place, share in enumerate(shares)]
    return "".join([*parts, f"V{up(0):g}"])
