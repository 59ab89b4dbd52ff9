"""Options of a method as they are given on the command line: NAME=VALUE."""

from __future__ import annotations

from typing import Any

from yiju.base.errors import YijuError
from yiju.base.json_text import RepeatedKey, loads


def option(text: str, place: str) -> tuple[str, Any]:
    """Name and value, JSON or else text. place: what it was given with. Raises YijuError."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise YijuError(f"{place} {text}: not NAME=VALUE, such as steps=50")
    try:
        return name, loads(value)
    except RepeatedKey as error:
        raise YijuError(f"{place} {name}: {error}") from None
    except ValueError:
        return name, value
