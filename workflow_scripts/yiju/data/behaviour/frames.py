"""Pairs of sentences from the project's own frames, whose slots are filled with its own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from yiju.data.behaviour.lexicon import rows
from yiju.data.behaviour.minimal_pairs import Change, Effect, number

# A slot, and 2 for the second word of the same list, which is never the first one.
SLOT = re.compile(r"\{([a-z_]+)(2?)\}")


@dataclass(frozen=True)
class Frame:
    """One line of `frames.tsv`."""

    category: str
    rule: str
    effect: Effect
    q: str
    t: str

    def filled(self, seed: int, attempt: int) -> Change:
        """The pair with words in its slots, which depend on the frame, the seed and the number of the attempt."""
        lists = dict(_lists())
        chosen: dict[str, str] = {}
        for name, second in SLOT.findall(self.q + self.t):
            if name + second not in chosen:
                options = [word for word in lists[name] if word not in (chosen.get(name), chosen.get(f"{name}2"))]
                chosen[name + second] = options[number(seed, self.q, self.t, attempt, name, second) % len(options)]
        q, t = (SLOT.sub(lambda found: chosen[found[1] + found[2]], text) for text in (self.q, self.t))
        return Change(self.rule, q, t, self.effect)


def frames() -> tuple[Frame, ...]:
    """All of them, in the order of the file."""
    return tuple(Frame(category, rule, cast(Effect, effect), q, t) for category, rule, effect, q, t in rows("frames"))


def pairs_of(category: str, seed: int, attempts: int) -> Iterator[Change]:
    """Pairs of the frames of a category in turns, at most so many of each frame; a pair may come twice."""
    chosen = [frame for frame in frames() if frame.category == category]
    for attempt in range(attempts):
        for frame in chosen:
            yield frame.filled(seed, attempt)


def sentences(seed: int, attempts: int) -> Iterator[str]:
    """First sentences of all frames in turns, for categories that change how a sentence is written."""
    for attempt in range(attempts):
        for frame in frames():
            yield frame.filled(seed, attempt).q


def _lists() -> Iterator[tuple[str, list[str]]]:
    for name, text in rows("slots"):
        yield name, text.split(" ")
