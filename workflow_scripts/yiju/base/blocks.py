"""Work cut into blocks, so that memory stays bounded whatever the data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def blocks(weights: np.ndarray, limit: int) -> Iterator[slice]:
    """Cut rows into consecutive slices, each of weight `limit` at most or of one row. weights: [n], 0 or more."""
    ends = np.cumsum(weights)
    begin = done = 0
    while begin < len(ends):
        end = max(begin + 1, int(np.searchsorted(ends, done + limit, side="right")))
        yield slice(begin, end)
        begin, done = end, int(ends[end - 1])


def ranges(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """start, start + 1, … of every row, `count` numbers of it. starts, counts: [n]. Returns [sum of counts] int64."""
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(counts.sum())


def distinct(values: np.ndarray) -> np.ndarray:
    """Distinct values, ascending; numpy sorts much faster than it hashes."""
    ranked = np.sort(values)
    return ranked[np.concatenate([np.ones(min(len(ranked), 1), dtype=bool), ranked[1:] != ranked[:-1]])]
