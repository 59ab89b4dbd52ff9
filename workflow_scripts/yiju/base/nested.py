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
