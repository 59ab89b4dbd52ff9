"""What a model must pass: requirements such as negation>=0.9, and which of them are met."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from yiju.data.behaviour.categories import category_of

WRITTEN = re.compile(r"\s*(.+?)\s*>=\s*([0-9.]+)\s*(%?)\s*")
# In the place of a category: every one of them.
ALL = "all"


@dataclass(frozen=True)
class Requirement:
    """At least this share of a category's items must be passed."""

    category: str
    least: float


def parsed(text: str, known: Collection[str]) -> Requirement:
    """The requirement of a text. Raises ValueError, with the remedy, for what is none. known: names of categories."""
    found = WRITTEN.fullmatch(text)
    try:
        least = float(found[2]) / (100 if found[3] else 1) if found else -1.0
    except ValueError:
        least = -1.0
    if found is None or not 0 <= least <= 1:
        raise ValueError(f"{text!r} is no requirement; write CATEGORY>=SHARE with a share from 0 to 1: negation>=0.9")
    return Requirement(category_of(found[1], known, ALL), least)


def checked(required: Sequence[Requirement], categories: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What became of each requirement, for every category that it is of: passed (the share), and met.

    categories: of `yiju.evaluation.behaviour.summary`. A category without items meets nothing: passed is None.
    """
    found = []
    for one in required:
        for name in categories if one.category == ALL else (one.category,):
            facts = categories.get(name)
            passed = None if facts is None else 1.0 - facts["failure_rate"]
            met = passed is not None and passed >= one.least
            found.append(asdict(Requirement(name, one.least)) | {"passed": passed, "met": met})
    return found
