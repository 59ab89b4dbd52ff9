"""The suites by name: the project's own, and files that a user brings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.base.suggestions import hint
from yiju.data.behaviour.categories import CATEGORIES, category_of
from yiju.data.behaviour.file_suites import read_clue, read_duqm
from yiju.data.behaviour.minimal_pairs import Item
from yiju.data.behaviour.suite import PER_CATEGORY, Pair, build, missing

OWN = "zh-match"
READERS: dict[str, Callable[[Path], list[Item]]] = {"duqm": read_duqm, "clue": read_clue}
# What others published, for a reader who wants to place a figure; nothing of it was measured here.
PUBLISHED = {
    "duqm": (
        "Published by others on DuQM, not measured here: accuracy 73.8 % of ERNIE-3.0-base, and 90.9 % of the best "
        "entry of the leaderboard of 千言. Compare with them only where the file is the publisher's whole test set.",
    ),
    "clue": ("The labels of inference are read as: what follows (entailment) is similar, everything else is not.",),
}


@dataclass(frozen=True)
class Suite:
    """A suite before its items are made. items: those of a file; None for the project's own suite."""

    name: str
    categories: tuple[str, ...]
    items: Sequence[Item] | None = None
    published: tuple[str, ...] = ()

    @property
    def not_made(self) -> dict[str, str]:
        """Categories without items for lack of a library, and the remedy."""
        lacking = missing() if self.items is None else {}
        return {name: reason for name, reason in lacking.items() if name in self.categories}

    def made(self, pairs: Sequence[Pair], seed: int, per_category: int | None) -> Sequence[Item]:
        """Its items. pairs: the user's, for the project's own suite; per_category: at most so many, None for 200."""
        if self.items is None:
            return build(pairs, seed, per_category or PER_CATEGORY, self.categories)
        return [one for one in self.items if one.category in self.categories]

    def only(self, names: Sequence[str]) -> Suite:
        """The suite with these categories alone, or whole where none is named. Raises ValueError for an unknown one."""
        chosen = {category_of(name, self.categories) for name in names} or set(self.categories)
        return replace(self, categories=tuple(name for name in self.categories if name in chosen))


def open_suite(name: str, on: Path | None = None, per_category: int | None = None) -> Suite:
    """The suite of a name. Raises YijuError for an unknown one, for a file that is none, and for --on or -n beside it.

    on, per_category: what the user gave, None where nothing.
    """
    kind, colon, file = name.partition(":")
    if kind == OWN and not colon:
        return Suite(OWN, tuple(CATEGORIES))
    if kind not in READERS or not file:
        known = [OWN, *(f"{one}:FILE" for one in READERS)]
        raise YijuError(f"--suite {name}: no such suite{hint(name, known)}; there are {', '.join(known)}")
    for option, value in (("--on", on), ("-n", per_category)):
        if value is not None:
            raise YijuError(f"{option} says nothing with --suite {kind}:FILE, whose items are those of the file")
    items = READERS[kind](Path(file))
    return Suite(name, tuple(dict.fromkeys(one.category for one in items)), items, PUBLISHED[kind])
