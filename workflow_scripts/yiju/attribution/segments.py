"""Pairs with the tokens of each of their segments: what taking segments away comes down to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from yiju.rationale.alignment import Span
from yiju.rationale.items import segment_spans
from yiju.rationale.layout import Layout, layout_of
from yiju.tokens import Sentences, Sequences

# Tokens of all variants that are held at a time.
TOKENS = 200_000


@dataclass(frozen=True)
class Segmented:
    """Pairs, and for every segment the tokens that touch it.

    begin, end: int64 [segments], places counted from [CLS] of the pair; equal for a segment without a token, such as
    one that was cut off. A token may touch several segments.
    """

    pairs: Sequences
    layout: Layout
    begin: np.ndarray
    end: np.ndarray

    def part(self, start: int, stop: int) -> Segmented:
        """The pairs from `start` to `stop`."""
        own = slice(*self.layout.starts[[start, stop]])
        layout = Layout(self.layout.counts[start:stop])
        return Segmented(self.pairs.select(np.arange(start, stop)), layout, self.begin[own], self.end[own])

    def touching(self, chosen: np.ndarray) -> np.ndarray:
        """Which tokens touch a chosen segment, bool, one a token of `pairs.ids`. chosen: bool [segments]."""
        base = self.pairs.starts[:-1][self.layout.owners]
        return covered(len(self.pairs.ids), (base + self.begin)[chosen], (base + self.end)[chosen])


def segmented(items: pl.DataFrame, q: Sentences, t: Sentences, pairs: Sequences) -> Segmented:
    """The pairs of an ITEMS table that holds segments. q, t: its sentences with their spans."""
    ranges = []
    for row, item in enumerate(items.iter_rows(named=True)):
        first, second = int(pairs.first[row]), int(pairs.second[row])
        for side, sentences, start, length in (("q", q, 1, first), ("t", t, 2 + first, second)):
            spans = segment_spans(item[side], item[f"{side}_segments"])
            ranges.append(start + _touched(sentences.span_list(row, length), spans))
    begin, end = np.concatenate([np.zeros((0, 2), dtype=np.int64), *ranges]).T
    return Segmented(pairs, layout_of(items), begin, end)


def blocks(found: Segmented, copies: np.ndarray) -> Iterator[tuple[slice, slice, Segmented]]:
    """The pairs in parts of at most `TOKENS` tokens of variants, one pair at least: its pairs, its segments, the part.

    copies: int64 [pairs], variants of each.
    """
    tokens = np.cumsum(found.pairs.lengths * copies)
    start = 0
    while start < len(copies):
        before = tokens[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(tokens, before + TOKENS, side="right")))
        yield slice(start, stop), slice(*found.layout.starts[[start, stop]]), found.part(start, stop)
        start = stop


def covered(count: int, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Which of `count` places lie in one of the ranges, bool [count]."""
    edges = np.bincount(begin, minlength=count + 1) - np.bincount(end, minlength=count + 1)
    return np.cumsum(edges)[:count] > 0


def _touched(tokens: list[Span], segments: list[Span]) -> np.ndarray:
    """First token that overlaps each segment, and the one after the last, int64 [segments, 2]."""
    tokens, segments = (np.asarray(spans, dtype=np.int64).reshape(-1, 2) for spans in (tokens, segments))
    begin = np.searchsorted(tokens[:, 1], segments[:, 0], side="right")
    end = np.searchsorted(tokens[:, 0], segments[:, 1], side="left")
    return np.stack([begin, np.maximum(begin, end)], axis=1)
