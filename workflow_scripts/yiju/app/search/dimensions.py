"""The keys that are searched, and between which values: as the user writes them, and as plain values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from yiju.base.errors import YijuError
from yiju.config.section import SCIENTIFIC

KINDS = ("log", "uniform")
HOW = "write log:LOW:HIGH, uniform:LOW:HIGH, or the values with commas between them"
# Digits that a number of a range keeps: more make no other model, and would be in every table.
DIGITS = 4
Value = str | int | float | bool | None


@dataclass(frozen=True)
class Range:
    """Numbers from low to high, both among them; log: as many between 1 and 10 as between 10 and 100."""

    low: float
    high: float
    log: bool = False

    @property
    def extremes(self) -> list[Value]:
        """Values that must be allowed."""
        return [self.low, self.high]

    def __str__(self) -> str:
        return f"{'log' if self.log else 'uniform'}:{self.low:g}:{self.high:g}"


@dataclass(frozen=True)
class Choices:
    """Values of which one is taken."""

    values: tuple[Value, ...]

    @property
    def extremes(self) -> list[Value]:
        """Values that must be allowed: all."""
        return list(self.values)

    def __str__(self) -> str:
        return ",".join(map(as_text, self.values))


Dimension = Range | Choices


def parse_dimension(key: str, given: Any) -> Dimension:
    """What is searched of a key. given: a text as HOW says, or of a YAML file a list of values too.

    Raises YijuError, naming the key, where it is neither.
    """
    if isinstance(given, list):
        return _choices(key, given)
    if not isinstance(given, str):
        return _choices(key, [given])
    kind, mark, rest = given.partition(":")
    if not given.strip():
        raise YijuError(f"{key}: there is no value; {HOW}")
    if not mark:
        return _choices(key, [_value(part.strip()) for part in given.split(",")])
    if kind not in KINDS:
        raise YijuError(f"{key}: {kind}: is no kind of range; {HOW}")
    ends = [_number(part) for part in rest.split(":")]
    if len(ends) != 2 or None in ends:
        raise YijuError(f"{key}: {given} has no two numbers; {HOW}")
    low, high = (float(end) for end in ends if end is not None)
    if not low < high:
        raise YijuError(f"{key}: {given} is no range, because its low end is not below its high one")
    if kind == "log" and low <= 0:
        raise YijuError(f"{key}: {given} begins at {low:g}, and a logarithmic range begins above 0; write uniform:")
    return Range(low, high, kind == "log")


def rounded(value: Value) -> Value:
    """A number with as many digits as a configuration needs."""
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _choices(key: str, values: Sequence[Any]) -> Choices:
    strange = next((value for value in values if not isinstance(value, Value)), None)
    if strange is not None:
        if isinstance(strange, list):
            raise YijuError(f"{key}: {strange!r} is a list, and lists are not searched")
        raise YijuError(f"{key}: {strange!r} is a value of several parts; search the keys inside it")
    different = tuple(dict.fromkeys(values))
    if len(different) < 2:
        raise YijuError(f"{key}: there is only one value, so that nothing is searched; {HOW}")
    return Choices(different)


def _value(text: str) -> Value:
    """As YAML reads it, and 1e-5 as the number that it is."""
    if SCIENTIFIC.fullmatch(text):
        return float(text)
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    return found if isinstance(found, Value) else text


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def as_text(value: Value) -> str:
    """A value as a configuration has it."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
