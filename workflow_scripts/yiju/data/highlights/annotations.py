"""What all files of highlights hold: one annotation of one item, or a row that is none and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yiju.base.errors import YijuError
from yiju.data.named_rows import BadRow

SIDES = {"q": "q", "query": "q", "t": "t", "title": "t"}
SIMILAR, OTHER = ("1", "similar", "相似"), ("0", "not similar", "dissimilar", "不相似")
OFFSET = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Names:
    """What a file calls things. sides: name of a text field or side to q or t; labels: name of a label to 0 or 1; only:
    names of the highlights that count, all where it is empty."""

    sides: Mapping[str, str] = field(default_factory=lambda: SIDES)
    labels: Mapping[str, int] = field(default_factory=lambda: {**dict.fromkeys(OTHER, 0), **dict.fromkeys(SIMILAR, 1)})
    only: frozenset[str] = frozenset()

    def counts(self, highlights: Sequence[str]) -> bool:
        """Whether a highlight of these names is part of the rationale."""
        return not self.only or not self.only.isdisjoint(highlights)


@dataclass(frozen=True)
class Highlight:
    """Characters start to end (not included) of a side, and, where the file holds it, the text that was highlighted."""

    side: str
    start: int
    end: int
    text: str | None = None


@dataclass(frozen=True)
class Annotation:
    """What one person highlighted and decided.

    place: for messages; row: as it stands in the file; item: the item's id, or None where `texts` identify it (q and t,
    or both in one text); by: who, so that rows of one annotation come together; label: None where it is not given here;
    sides: those that the row speaks of.
    """

    place: str
    row: object
    item: str | None
    by: str
    label: int | None
    highlights: tuple[Highlight, ...]
    texts: tuple[str, ...] = ()
    sides: tuple[str, ...] = ("q", "t")


@dataclass(frozen=True)
class Refused:
    """A row that is left out. item, by: the annotation that it belongs to, where that is known; expected: people skip
    an item, disagree, or find nothing in it, which is no fault of the file."""

    place: str
    row: object
    reason: str
    item: str | None = None
    by: str | None = None
    expected: bool = False


def names(
    q: Sequence[str], t: Sequence[str], similar: Sequence[str], other: Sequence[str], only: Sequence[str]
) -> Names:
    """Names of the user added to those that are always understood. Raises YijuError where one means both."""
    for first, second, what in ((q, t, "side"), (similar, other, "label")):
        both = set(first) & set(second)
        if both:
            raise YijuError(f"{sorted(both)[0]!r} is given as a name of either {what}; give it for one of them")
    plain = Names()
    labels = dict(plain.labels) | dict.fromkeys(other, 0) | dict.fromkeys(similar, 1)
    return Names(SIDES | dict.fromkeys(q, "q") | dict.fromkeys(t, "t"), labels, frozenset(only))


def offset(value: object, name: str) -> int:
    """A number of characters, also written as text. Raises BadRow."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and OFFSET.fullmatch(value.strip()):
        return int(value)
    raise BadRow(f"{name} is {_shown(value)}; expected a number of characters, 0 or more")


def side_of(value: object, known: Names) -> str:
    """q or t. Raises BadRow."""
    if isinstance(value, str) and value.strip() in known.sides:
        return known.sides[value.strip()]
    raise BadRow(f"side {_shown(value)} is neither of {', '.join(known.sides)}; name it with --q or --t")


def label_of(value: object, known: Names) -> int | None:
    """0, 1, or None of nothing. Raises BadRow."""
    if value is None or value == "":
        return None
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else None
    if text is not None and text in known.labels:
        return known.labels[text]
    raise BadRow(f"label {_shown(value)} is none of {', '.join(known.labels)}; name it with --similar or --not-similar")


def text_of(fields: Mapping, keys: Sequence[str]) -> str | None:
    """The first of the fields that is there, a text or a whole number, as text. Raises BadRow."""
    value = next((fields[key] for key in keys if fields.get(key) not in (None, "")), None)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise BadRow(f"{' or '.join(keys)} is {_shown(value)}; expected text or a whole number")


def listed(value: object, name: str) -> list:
    """A list, empty where there is nothing. Raises BadRow."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadRow(f"{name} is {type(value).__name__}; expected a list")
    return value


def _shown(value: object) -> str:
    return repr(value)[:60]
