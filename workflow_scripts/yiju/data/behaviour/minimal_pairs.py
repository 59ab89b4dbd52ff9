"""What a minimal pair is, and choices that depend on text and seed alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

# turns: the two sentences must be judged not similar. stays: they must be judged similar or, where the item has a pair
# before the change, as that one is. rises: their score must be above that of the pair before the change.
Effect = Literal["turns", "stays", "rises"]
T = TypeVar("T")


@dataclass(frozen=True)
class Change:
    """What a rule makes of a sentence or of a pair: the two sentences, and the pair before the change where one counts.

    Of one sentence, q is the sentence itself and t its changed form.
    """

    rule: str
    q: str
    t: str
    effect: Effect
    before: tuple[str, str] | None = None


@dataclass(frozen=True)
class Item:
    """A test: a change, the category it is of, and what it was made from.

    row: of the table of the user's sentences, -1 for the project's own frames; parent: the sentence.
    """

    category: str
    row: int
    parent: str
    change: Change


# What makes items of a sentence, and of a pair. Both are pure functions of their text and the seed.
OfText = Callable[[str, int], Iterator[Change]]
OfPair = Callable[[str, str, int], Iterator[Change]]


def number(*keys: object) -> int:
    """A number of 64 bits that depends on the keys alone, evenly spread."""
    text = "\0".join(map(str, keys))
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8])


def pick(options: Sequence[T], *keys: object) -> T:
    """One of the options, by the keys alone."""
    return options[number(*keys) % len(options)]
