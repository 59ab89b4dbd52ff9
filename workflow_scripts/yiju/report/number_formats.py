"""Numbers as people read them, in the language that is spoken (`yiju.base.language`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Protocol

from yiju.base.language import gettext


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


def percent(share: float, decimals: int = 1) -> str:
    """A share as a percentage, its sign on the same line."""
    return gettext("{value}\N{NO-BREAK SPACE}%", value=f"{100 * share:z.{decimals}f}")


def tick(share: float) -> str:
    """A share on an axis as a percentage, in as many decimals as tell it from its neighbours."""
    return gettext("{value}\N{NO-BREAK SPACE}%", value=f"{100 * share:g}")


def hundredths(share: float) -> str:
    """A share in hundredths with one decimal, where its unit is said beside it."""
    return f"{100 * share:z.1f}"


def points(difference: float) -> str:
    """A difference of shares in points: +1.5."""
    return f"{100 * difference:+z.1f}"


def signed_points(estimate: Interval) -> str:
    """A difference of shares in points with its interval: +1.5 [-0.5, +3.5]."""
    return f"{points(estimate.value)} [{points(estimate.low)}, {points(estimate.high)}]"


def beside(text: str, aside: str) -> str:
    """A text and, in the brackets of the language, what is said beside it."""
    return gettext("{text} ({aside})", text=text, aside=aside)


def quoted(text: str) -> str:
    """A text in the quotation marks of the language."""
    return gettext("“{text}”", text=text)


def decimal(value: float) -> str:
    """A score with three decimals; what rounds to zero has no sign."""
    return f"{value:z.3f}"


def place(share: float) -> str:
    """Where a value lies on a scale from 0 to 1, in per cent for a style sheet; what lies beyond stays at the end."""
    return f"{100 * min(1.0, max(0.0, share)):.2f}"


def duration(seconds: float) -> str:
    """Seconds as the two largest units that matter: 0.3 s, 12 min 4 s, 2 h 5 min."""
    if seconds < 0.1:
        return gettext("< 0.1 s")
    if seconds < 59.95:
        return gettext("{seconds} s", seconds=f"{seconds:.1f}")
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return gettext("{minutes} min {seconds} s", minutes=minutes, seconds=rest)
    return gettext("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def milliseconds(seconds: float) -> str:
    """A short time in at most three digits: 0.42 ms, 12 ms, 720 ms; from a second on as `duration` has it."""
    thousandths = 1000 * seconds
    if thousandths >= 999.5:
        return duration(seconds)
    return gettext("{value} ms", value=f"{thousandths:.0f}" if thousandths >= 9.95 else f"{thousandths:.2g}")


def memory(megabytes: float) -> str:
    """Memory in MB, from a gigabyte on in GB."""
    return f"{megabytes:,.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:,.1f} GB"


def words(names: Sequence[str]) -> str:
    """A list as a sentence has it: a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return gettext("{others} and {last}", others=gettext(", ").join(names[:-1]), last=names[-1])


def clauses(parts: Iterable[str]) -> str:
    """Parts of one sentence, with commas between them."""
    return reduce(lambda one, other: gettext("{one}, {other}", one=one, other=other), parts)
