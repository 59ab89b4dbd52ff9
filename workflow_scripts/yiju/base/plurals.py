"""Numbers of things in sentences: 1 row, 2 rows."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """A number with its noun, which is given in the singular: "1 row", "2,000 rows"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def verb(count: int, one: str, many: str) -> str:
    """The form of a verb that fits a number of things."""
    return one if count == 1 else many


def be(count: int) -> str:
    """The verb of a number of things: is, or are."""
    return verb(count, "is", "are")
