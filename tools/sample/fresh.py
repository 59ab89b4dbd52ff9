"""Rows that no other row of the sample repeats: what corpora share, they share on purpose."""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from tools.sample.domain import Domain
from tools.sample.grammar import pick
from tools.sample.sample_pairs import Pair, draw_twins

Row = tuple[str, str, int]
Drawn = TypeVar("Drawn", bound=tuple)  # two sentences, then whatever else

BETWEEN_WORDS = re.compile(r"[\W_]+")


def seeded(seed: int, corpus: str) -> random.Random:
    """A generator of the corpus's own, so that a change of one corpus leaves the others as they are."""
    return random.Random(f"{seed} {corpus}")


def normal_form(text: str) -> str:
    """The sentence but for case, white space and punctuation: equal ones are the same sentence to the filters."""
    return BETWEEN_WORDS.sub("", text.lower())


def pair_key(q: str, t: str) -> tuple[str, ...]:
    """The same for both orders of a pair and all spellings of its sentences."""
    return tuple(sorted((normal_form(q), normal_form(t))))


def fresh(draw: Callable[[], Drawn], count: int, taken: set[tuple[str, ...]]) -> list[Drawn]:
    """`count` drawn rows whose pairs are not in `taken`, which grows by them."""
    rows: list[Drawn] = []
    while len(rows) < count:
        row = draw()
        key = pair_key(row[0], row[1])
        if key not in taken:
            taken.add(key)
            rows.append(row)
    return rows


def draw_row(rng: random.Random, *domains: Domain) -> Row:
    """A pair of either label, equally likely, that asks about one of the domains."""
    return rowed(pick(rng, draw_twins(rng, pick(rng, domains))))


def rowed(pair: Pair) -> Row:
    return (*pair.texts, pair.label)


def turned(rows: Sequence[Row]) -> list[Row]:
    """The rows, every other one with its sentences swapped, beginning with the first."""
    return [(q, t, label) if i % 2 else (t, q, label) for i, (q, t, label) in enumerate(rows)]


def unlabelled(rows: Iterable[tuple]) -> list[tuple[str, str]]:
    return [(q, t) for q, t, *_ in rows]
