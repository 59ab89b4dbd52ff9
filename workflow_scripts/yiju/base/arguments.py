"""Arguments of the Python interface, checked where they come in: one sentence instead of an error deep inside."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from numbers import Integral, Real
from typing import Any

from yiju.base.errors import YijuError


def check_number(
    name: str, value: Any, least: float | None = None, most: float | None = None, above: float | None = None
) -> None:
    """Raise YijuError unless a value is a finite number, from `least` to `most`, or greater than `above`."""
    bounds = [f"at least {least:g}"] if least is not None else []
    bounds += [f"more than {above:g}"] if above is not None else []
    bounds += [f"at most {most:g}"] if most is not None else []
    fits = not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)
    fits = fits and (least is None or value >= least) and (above is None or value > above)
    if not fits or (most is not None and value > most):
        raise YijuError(f"{name} is {_shown(value)}; it must be a number{', ' if bounds else ''}{' and '.join(bounds)}")


def check_count(name: str, value: Any, least: int, most: int | None = None) -> None:
    """Raise YijuError unless a value is a whole number from `least` to `most`."""
    if (
        isinstance(value, bool)
        or not isinstance(value, Integral)
        or int(value) < least
        or (most is not None and int(value) > most)
    ):
        upper = "" if most is None else f" to {most}"
        raise YijuError(f"{name} is {_shown(value)}; it must be a whole number from {least}{upper or ' on'}")


def check_choice(name: str, value: Any, allowed: Collection[Any]) -> None:
    """Raise YijuError unless a value is one of those allowed."""
    if not any(type(value) is type(one) and value == one for one in allowed):
        raise YijuError(f"{name} is {_shown(value)}; it must be one of {', '.join(map(str, allowed))}")


def check_rows(name: str, value: Any, wanted: str = "a list of pairs of two texts (q, t), or a table") -> None:
    """Raise YijuError unless a value can be gone through one by one; a text or a mapping is no list of rows."""
    if isinstance(value, str | bytes | dict) or not isinstance(value, Iterable):
        raise YijuError(f"{name} is {_shown(value)}; it must be {wanted}")


def _shown(value: Any) -> str:
    """A value for a message: short, on one line."""
    try:
        text = " ".join(repr(value).split())
    except Exception:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:60]}…"
