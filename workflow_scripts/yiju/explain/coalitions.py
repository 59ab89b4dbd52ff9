"""Pairs as games of their tokens: many coalitions of many pairs judged together, the same one never twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from yiju.explain.subject import Subject
from yiju.models.removal import Change, keep_tokens, ordinary
from yiju.models.tokens import TokenizedPairs

# Tokens of the variants that are made at a time: what bounds the memory.
BLOCK = 300_000

Game = tuple[int, np.ndarray]


def players(pairs: TokenizedPairs) -> np.ndarray:
    """How many own tokens each pair has, those of q and then those of t: int64 [pairs]."""
    return pairs.first + np.maximum(pairs.second, 0)


def longest_first(pairs: TokenizedPairs) -> list[int]:
    """The order in which games are cheapest to judge: pairs of similar length beside each other."""
    return np.argsort(-pairs.lengths, kind="stable").tolist()


def judge(
    subject: Subject, pairs: TokenizedPairs, games: Iterable[Game], removal: Change
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """The model's outputs for every coalition of every game, in the order of the games.

    games: a pair's row and bool [coalitions, players], whether a token is left. Yields row, coalitions and
    float64 [coalitions, classes]. Games are drawn as they are needed and judged in blocks, in batches by length.
    """
    for block in blocks(pairs, games):
        firsts, places = zip(*(distinct(coalitions) for _, coalitions in block), strict=True)
        different = [(row, coalitions[first]) for (row, coalitions), first in zip(block, firsts, strict=True)]
        outputs = _block_outputs(subject, pairs, different, removal)
        starts = np.cumsum([0, *map(len, firsts)])
        for (row, coalitions), start, place in zip(block, starts, places, strict=False):
            yield row, coalitions, outputs[start + place]


def blocks(pairs: TokenizedPairs, games: Iterable[Game]) -> Iterator[list[Game]]:
    """Games in blocks that are full with BLOCK tokens."""
    block: list[Game] = []
    tokens = 0
    for row, coalitions in games:
        block.append((row, coalitions))
        tokens += len(coalitions) * int(pairs.lengths[row])
        if tokens >= BLOCK:
            yield block
            block, tokens = [], 0
    if block:
        yield block


def variants(pairs: TokenizedPairs, block: Sequence[Game]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and kept tokens of all coalitions of a block, as `keep_tokens` takes them."""
    rows = np.repeat([row for row, _ in block], [len(coalitions) for _, coalitions in block])
    kept = ordinary(pairs.select(rows))
    kept[kept] = np.concatenate([coalitions.ravel() for _, coalitions in block])
    return rows, kept


def distinct(coalitions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first of each kind of coalition, and the number of its kind for each: int64 [kinds], int64 [coalitions]."""
    packed = np.packbits(coalitions, axis=1)
    if packed.shape[1] > 8:
        return np.unique(packed, axis=0, return_index=True, return_inverse=True)[1:]
    # One number each: found many times faster than rows.
    words = np.zeros((len(packed), 8), dtype=np.uint8)
    words[:, : packed.shape[1]] = packed
    return np.unique(words.view(np.uint64)[:, 0], return_index=True, return_inverse=True)[1:]


def random_subsets(generator: np.random.Generator, sizes: np.ndarray, count: int) -> np.ndarray:
    """Subsets of `count` players, all of a size equally likely: bool [sizes, count]."""
    order = generator.random((len(sizes), count)).argsort(axis=1)
    chosen = np.empty(order.shape, dtype=bool)
    np.put_along_axis(chosen, order, np.arange(count) < sizes[:, None], axis=1)
    return chosen


def _block_outputs(subject: Subject, pairs: TokenizedPairs, block: Sequence[Game], removal: Change) -> np.ndarray:
    rows, kept = variants(pairs, block)
    ends = np.cumsum(pairs.lengths[rows])
    # The coalitions of a single pair may be more than a block.
    cuts = [0, *(np.flatnonzero(np.diff(ends // BLOCK)) + 1), len(rows)]
    outputs = []
    for start, end in pairwise(cuts):
        flags = kept[(ends[start - 1] if start else 0) : ends[end - 1]]
        left = keep_tokens(pairs, rows[start:end], flags, removal, subject.mask_id)
        outputs.append(subject.outputs(left))
    return np.concatenate(outputs)
