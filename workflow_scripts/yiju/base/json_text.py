"""JSON that people bring: an object with a key twice is refused, of which Python would keep the last value alone."""

from __future__ import annotations

import json
import math
from typing import Any


class RepeatedKey(ValueError):
    """An object has a key twice."""


def unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these members, to be given to `json` as its `object_pairs_hook`. Raises RepeatedKey."""
    found = dict(members)
    if len(found) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise RepeatedKey(
            f"the key {twice[:40]!r} is in one object twice, and only the last would count; write it once"
        )
    return found


def kind_of(value: Any) -> str:
    """What JSON calls a value that Python read, for messages: null, NaN, a number, a text ..."""
    if isinstance(value, float) and not math.isfinite(value):
        return json.dumps(value)
    kinds = {type(None): "null", bool: "true or false", int: "a number", float: "a number", str: "a text"}
    return (kinds | {list: "a list", dict: "an object"})[type(value)]


def loads(text: str) -> Any:
    """The value of a JSON text. Raises ValueError, also for a key that is in one object twice."""
    return json.loads(text, object_pairs_hook=unique)
