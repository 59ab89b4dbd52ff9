"""Pairs as a model reads them: in the order as given, and, where the mean of both orders decides, exchanged too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from transformers import PreTrainedTokenizerBase

from yiju.attribution.coalitions import Game, judge
from yiju.attribution.subject import Subject
from yiju.attribution.units import segment_units
from yiju.kinds import Removal
from yiju.predict import predict_logits
from yiju.rationale.alignment import Span
from yiju.rationale.items import characters
from yiju.tokens import Sentences, Sequences, encode, pair_up


@dataclass(frozen=True)
class Order:
    """Pairs with their sides in one order. q, t: the sentences; exchanged: whether t comes first in `pairs`."""

    q: Sentences
    t: Sentences
    pairs: Sequences
    exchanged: bool = False

    def kept(self, row: int) -> tuple[int, int]:
        """How many tokens of q and of t the model reads."""
        first, second = int(self.pairs.first[row]), int(self.pairs.second[row])
        return (second, first) if self.exchanged else (first, second)

    def sides(self, row: int, values: np.ndarray) -> list[tuple[list[Span], np.ndarray]]:
        """Spans and values of the tokens that are read, of q and then of t. values: one a token of `pairs.ids`."""
        own = values[self.pairs.starts[row] : self.pairs.starts[row + 1]]
        first = int(self.pairs.first[row])
        parts = own[1 : 1 + first], own[2 + first : -1]
        return list(zip(self.spans(row), parts[::-1] if self.exchanged else parts, strict=True))

    def spans(self, row: int) -> tuple[list[Span], list[Span]]:
        """Spans of the tokens that are read, of q and of t."""
        q, t = self.kept(row)
        return self.q.span_list(row, q), self.t.span_list(row, t)

    def units(self, texts: Sequence[tuple[str, str]]) -> list[np.ndarray]:
        """The tokens of each segment, q's segments first: bool [segments, players] of each pair."""
        sides = {"q": [q for q, _ in texts], "t": [t for _, t in texts]}
        if not self.exchanged:
            return segment_units(_items(sides), self.q, self.t, self.pairs)
        turned = segment_units(_items({"q": sides["t"], "t": sides["q"]}), self.t, self.q, self.pairs)
        return [np.roll(one, -len(characters(t)), axis=0) for one, (_, t) in zip(turned, texts, strict=True)]


@dataclass(frozen=True)
class Units:
    """Pairs in one order, and what is taken away of them as one: bool [units, players] of each pair."""

    pairs: Sequences
    units: Sequence[np.ndarray]


def orders_of(
    tokenizer: PreTrainedTokenizerBase, q: Sequence[str], t: Sequence[str], max_length: int, both: bool, spans: bool
) -> list[Order]:
    """The pairs in the order as given and, if `both`, exchanged as well: a pair of its own, cut to length by itself."""
    first, second = (encode(tokenizer, list(side), spans) for side in (q, t))
    given = Order(first, second, pair_up(tokenizer, first, second, max_length))
    if not both:
        return [given]
    return [given, Order(first, second, pair_up(tokenizer, second, first, max_length), exchanged=True)]


def mean_logits(subject: Subject, orders: Sequence[Order | Units]) -> np.ndarray:
    """Logits of every pair, the mean over the orders: float64 [pairs, 2]."""
    return np.mean([predict_logits(subject.model, one.pairs, subject.budget) for one in orders], axis=0)


def judge_without(
    subject: Subject,
    orders: Sequence[Units],
    rows: Sequence[int],
    removed: Callable[[int], np.ndarray],
    removal: Removal,
) -> Iterator[tuple[int, np.ndarray]]:
    """A row and its logits without some units, the mean over the orders: float64 [deletions, 2].

    rows: in the order of the answers; removed: of a row, bool [deletions, units].
    """
    return _judged(subject, orders, lambda one: ((row, ~(removed(row) @ one.units[row])) for row in rows), removal)


def judge_alone(
    subject: Subject,
    orders: Sequence[Units],
    rows: Sequence[int],
    left: Mapping[int, np.ndarray],
    removal: Removal,
) -> Iterator[tuple[int, np.ndarray]]:
    """A row and its logits with nothing but some units, the mean over the orders: float64 [sets, 2].

    rows: in the order of the answers; left: of a row, bool [sets, units]. A token stays where one of its units does.
    """
    return _judged(subject, orders, lambda one: ((row, left[row] @ one.units[row]) for row in rows), removal)


def _judged(
    subject: Subject, orders: Sequence[Units], games: Callable[[Units], Iterable[Game]], removal: Removal
) -> Iterator[tuple[int, np.ndarray]]:
    judged = [judge(subject, one.pairs, games(one), removal) for one in orders]
    for same in zip(*judged, strict=True):
        yield same[0][0], np.mean([logits for _, _, logits in same], axis=0)


def _items(sides: dict[str, list[str]]) -> pl.DataFrame:
    return pl.DataFrame(sides, schema={"q": pl.String, "t": pl.String}).with_columns(q_segments=None, t_segments=None)
