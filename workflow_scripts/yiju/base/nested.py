"""Sections within sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def leaves(override: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of all values of nested sections, in order."""
    for key, value in override.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def overlaid(values: Any, override: Any) -> Any:
    """Values merged with `override`, recursively: where both have a key, the value of `override` counts."""
    if not (isinstance(values, dict) and isinstance(override, Mapping)):
        return override
    return values | {key: overlaid(values.get(key), value) for key, value in override.items()}
