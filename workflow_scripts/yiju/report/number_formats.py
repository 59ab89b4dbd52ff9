"""Numbers as people read them."""

from __future__ import annotations

from typing import Protocol


class Interval(Protocol):
    """A value between the ends of its interval."""

    @property
    def value(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def count(value: int) -> str:
    """A whole number with thousands separators."""
    return f"{value:,}"


def percent(share: float) -> str:
    """A share as a percentage with one decimal, its sign on the same line."""
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def hundredths(share: float) -> str:
    """A share in hundredths with one decimal, where its unit is said beside it."""
    return f"{100 * share:.1f}"


def signed_points(estimate: Interval) -> str:
    """A difference of shares in points with its interval: +1.5 [-0.5, +3.5]."""
    value, low, high = (f"{100 * one:+.1f}" for one in (estimate.value, estimate.low, estimate.high))
    return f"{value} [{low}, {high}]"


def decimal(value: float) -> str:
    """A score with three decimals."""
    return f"{value:.3f}"


def place(share: float) -> str:
    """Where a value lies on a scale from 0 to 1, in per cent for a style sheet; what lies beyond stays at the end."""
    return f"{100 * min(1.0, max(0.0, share)):.2f}"


def duration(seconds: float) -> str:
    """Seconds as the two largest units that matter."""
    if seconds < 0.1:
        return "< 0.1 s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def memory(megabytes: float) -> str:
    """Memory in MB, from a gigabyte on in GB."""
    return f"{megabytes:,.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:,.1f} GB"


def words(names: list[str]) -> str:
    """A list as a sentence has it: a, b and c."""
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
