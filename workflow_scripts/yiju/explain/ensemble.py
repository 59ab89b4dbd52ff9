"""Pairs before the models that judge them together, and what these say when segments are taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import tee

import numpy as np

from yiju.base.types import Removal
from yiju.explain.coalitions import Game, judge, longest_first
from yiju.explain.orders import Order
from yiju.explain.subject import Subject
from yiju.models.removal import Change
from yiju.models.tokens import TokenizedPairs

# A pair's row, and sets of its segments: bool [sets, segments].
Sets = tuple[int, np.ndarray]


@dataclass(frozen=True)
class Reading:
    """Pairs as one model reads them in one order.

    shares: the share of each own token that each segment has, float64 [own tokens, segments] of each pair, the segments
    of q before those of t in every order; firsts: how many of them are q's, int64 [pairs]; empty: own tokens that stand
    for no character of a text, bool [own tokens] of each pair, None where there are none.
    """

    subject: Subject
    pairs: TokenizedPairs
    shares: Sequence[np.ndarray]
    firsts: np.ndarray
    empty: Sequence[np.ndarray] | None = None

    @classmethod
    def of(cls, subject: Subject, order: Order) -> Reading:
        firsts = np.array([len(q) for q, _ in order.segments], dtype=np.int64)
        return cls(subject, order.pairs, order.shares(), firsts, order.empty())

    def touched(self, row: int) -> np.ndarray:
        """The tokens of each segment: bool [segments, own tokens]."""
        return self.shares[row].T > 0

    def fixed(self, row: int) -> np.ndarray | bool:
        """The own tokens of a pair that stand for no character, which are never taken away by `Ensemble.alone`."""
        return False if self.empty is None else self.empty[row]

    def select(self, rows: Sequence[int] | np.ndarray) -> Reading:
        rows = np.asarray(rows, dtype=np.int64)
        shares, empty = ([own[row] for row in rows] if own else None for own in (self.shares, self.empty))
        return Reading(self.subject, self.pairs.select(rows), shares or [], self.firsts[rows], empty)


@dataclass(frozen=True)
class Ensemble:
    """The same pairs before one member or several, each of which reads them in the orders that decide.

    What decides, and what is explained, is the mean of all logits. members: the readings of each.
    """

    members: Sequence[Sequence[Reading]]

    def __len__(self) -> int:
        return len(self.readings[0].pairs)

    @cached_property
    def readings(self) -> list[Reading]:
        return [one for own in self.members for one in own]

    @property
    def first(self) -> Reading:
        """The first member's reading in the order as given."""
        return self.readings[0]

    @property
    def voices(self) -> int:
        """How many decisions are explained: that of all together and, of several members, each one's own."""
        return 1 if len(self.members) == 1 else 1 + len(self.members)

    @cached_property
    def bounds(self) -> np.ndarray:
        """Where the segments of each pair begin in flat arrays of segments, and the end: int64 [pairs + 1]."""
        return np.concatenate([[0], np.cumsum([own.shape[1] for own in self.first.shares], dtype=np.int64)])

    def own(self, row: int) -> slice:
        """The place of a pair's segments in flat arrays."""
        return slice(*self.bounds[[row, row + 1]].tolist())

    def read(self, row: int) -> np.ndarray:
        """Which segments of a pair are read, by any member in any order: bool [segments]."""
        return np.any([one.shares[row].any(axis=0) for one in self.readings], axis=0)

    @cached_property
    def players(self) -> list[np.ndarray]:
        """The segments of each pair that are read: int64."""
        return [np.flatnonzero(self.read(row)) for row in range(len(self))]

    def select(self, rows: Sequence[int] | np.ndarray) -> Ensemble:
        """Some of the pairs."""
        return Ensemble([[one.select(rows) for one in own] for own in self.members])

    def longest_first(self) -> list[int]:
        """The order in which pairs are cheapest to judge."""
        return longest_first(self.first.pairs)

    def generator(self, row: int) -> np.random.Generator:
        """Random numbers of one pair: they depend on its tokens and the seed, not on the pairs beside it."""
        return self.first.subject.generator(self.first.pairs, row)

    def logits(self) -> np.ndarray:
        """Outputs for every pair, the mean over members and orders: float64 [pairs, classes]."""
        each = [one.subject.outputs(one.pairs) for one in self.readings]
        return np.mean(each, axis=0)

    def without(self, removed: Iterable[Sets], removal: Change) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Judge pairs without some segments: a token goes with any of its segments.

        removed: of each row the sets that are taken away; yields row, sets and the logits of each reading,
        float64 [readings, sets, classes].
        """
        return self._judged(removed, lambda one, row, sets: ~(sets @ one.touched(row)), removal)

    def alone(self, left: Iterable[Sets], removal: Change) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Judge nothing but some segments of pairs: a token stays with any of its segments. See `without`.

        A token of the template's, which stands for no character, stays too.
        """
        return self._judged(left, lambda one, row, sets: sets @ one.touched(row) | one.fixed(row), removal)

    def play(
        self, coalitions: Callable[[int], np.ndarray], labels: np.ndarray, removal: Removal
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """What coalitions of the segments that are read are worth: row, coalitions, float64 [voices, coalitions].

        coalitions: of a row, bool [coalitions, players], whether a player is left; the worth is the score.
        """
        drawn: dict[int, np.ndarray] = {}

        def removed() -> Iterator[Sets]:
            for row in self.longest_first():
                drawn[row] = coalitions(row)
                sets = np.zeros((len(drawn[row]), self.first.shares[row].shape[1]), dtype=bool)
                sets[:, self.players[row]] = ~drawn[row]
                yield row, sets

        for row, _, logits in self.without(removed(), removal):
            yield row, drawn.pop(row), self.worth(logits, int(labels[row]))

    def worth(self, logits: np.ndarray, label: int) -> np.ndarray:
        """The score by every voice, float64 [voices, sets]. logits: [readings, sets, classes]."""
        each = self.by_voice(logits)
        return np.stack([self.first.subject.score(own, label) for own in each])

    def figure(self, logits: np.ndarray, label: int) -> np.ndarray:
        """What measures are told in, float64 [sets]: p(label), or the score where that is no log-probability.

        logits: [sets, classes], the mean over members and orders.
        """
        subject = self.first.subject
        score = subject.score(logits, label)
        return np.exp(score) if subject.against(label) is None else score

    def by_voice(self, values: np.ndarray) -> np.ndarray:
        """The mean over all readings and, of several members, over those of each: [voices, ...] of [readings, ...]."""
        together = values.mean(axis=0, keepdims=True)
        if self.voices == 1:
            return together
        own = values.reshape(len(self.members), -1, *values.shape[1:]).mean(axis=1)
        return np.concatenate([together, own])

    def _judged(
        self, sets: Iterable[Sets], tokens: Callable[[Reading, int, np.ndarray], np.ndarray], removal: Change
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        asked, *streams = tee(sets, 1 + len(self.readings))
        judged = [
            judge(one.subject, one.pairs, _games(one, stream, tokens), removal)
            for one, stream in zip(self.readings, streams, strict=True)
        ]
        for (row, own), *found in zip(asked, *judged, strict=True):
            yield row, own, np.stack([logits for _, _, logits in found])

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """For the length of the block all members compute as when they judge (`yiju.explain.subject`)."""
        with ExitStack() as stack:
            for scorer in {id(one.subject.scorer): one.subject.scorer for one in self.readings}.values():
                stack.enter_context(scorer.evaluating())
            yield


def _games(
    reading: Reading, sets: Iterable[Sets], tokens: Callable[[Reading, int, np.ndarray], np.ndarray]
) -> Iterator[Game]:
    """Sets of segments as coalitions of the tokens of a reading, which differ from one order to the other."""
    for row, own in sets:
        yield row, tokens(reading, row, own)


@dataclass(frozen=True)
class SegmentScores:
    """What a method says of the segments of many pairs.

    values: float64 [voices, segments], flat as `Ensemble.bounds`, not a number for a segment that was not read; error:
    of a method that draws, the standard error of the first voice's values, float64 [segments], else None; gap: float64
    [pairs], sum of the first voice's scores less what completeness says that it is, or None for a method without that
    promise; logits: float64 [pairs, classes] of a method that judges the pairs in passing, else None.
    """

    values: np.ndarray
    error: np.ndarray | None = None
    gap: np.ndarray | None = None
    logits: np.ndarray | None = None

    @classmethod
    def blank(cls, ensemble: Ensemble, error: bool = False, gap: bool = False) -> SegmentScores:
        """Nothing known yet, to be filled in."""
        nothing = np.full((ensemble.voices, ensemble.bounds[-1]), np.nan)
        return cls(nothing, nothing[0].copy() if error else None, np.zeros(len(ensemble)) if gap else None)

    def enter(
        self, ensemble: Ensemble, row: int, voice: int, segments: np.ndarray, values: np.ndarray, error: np.ndarray
    ) -> None:
        """Enter what one voice says of some segments of a pair, and the standard error if it is the first voice."""
        own = ensemble.own(row)
        self.values[voice, own][segments] = values
        if self.error is not None and not voice:
            self.error[own][segments] = error

    def place(self, ensemble: Ensemble, rows: Sequence[int] | np.ndarray, found: SegmentScores) -> None:
        """Enter what was found of some pairs, in the order of `rows`."""
        into = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(*ensemble.bounds[[r, r + 1]]) for r in rows)])
        self.values[:, into] = found.values
        for name, where in (("error", into), ("gap", rows), ("logits", rows)):
            if getattr(self, name) is not None:
                getattr(self, name)[where] = getattr(found, name)
