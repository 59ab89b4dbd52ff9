"""The suites by name."""

from __future__ import annotations

from yiju.base.errors import YijuError
from yiju.base.suggestions import hint
from yiju.data.behaviour.categories import CATEGORIES

OWN = "zh-match"


def categories_of(suite: str) -> tuple[str, ...]:
    """The categories of a suite. Raises YijuError for an unknown one."""
    if suite != OWN:
        raise YijuError(f"--suite {suite}: no such suite{hint(suite, [OWN])}; there is {OWN}")
    return tuple(CATEGORIES)
