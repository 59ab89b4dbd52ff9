"""Which words of one sentence act with which of the other: neighbouring cells of the matrix, joined into spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yiju.data.segmentation import Span
from yiju.explain.strength import FLOOR

# A link starts at a cell of at least this share of the strongest one, and grows by cells of at least this share of its
# first one.
START, JOIN = 0.25, 0.5
# Links of a pair, at most.
MOST = 8
Cells = Sequence[Sequence[float | None]]
# Neighbouring rows and columns of the matrix.
Block = tuple[slice, slice]


@dataclass(frozen=True)
class Link:
    """A span of q and a span of t that act together.

    q, t: first character and the one after the last, of the sentence as given; score: the sum of the cells between the
    segments of both spans, above 0 where they do together what neither does alone, below 0 where one does what the
    other would do.
    """

    q: Span
    t: Span
    score: float


def links_of(cells: Cells, q: Sequence[Span], t: Sequence[Span], floor: float = FLOOR) -> tuple[Link, ...]:
    """The links of a pair, strongest first; no two of them overlap in both sentences.

    A link starts at the strongest cell that belongs to none. Of the cells around it, diagonal ones included, that have
    the same sign and are at least half as strong as its first one, the strongest is taken in, as long as the sum of all
    cells between both spans grows by it. This is how alignments of words are grown into those of phrases (grow-diag,
    Koehn, Och and Marcu 2003). In a game without interactions of more than two segments, the sum is just what the two
    spans do together. Links start at cells that are at least a quarter as strong as the strongest cell, and at least
    `floor`; there are eight at most.

    cells: [segments of q][segments of t], None where a cell does not count, because it is not known or because samples
    leave its sign open; q, t: the characters of each segment; floor: below which a cell has no colour.
    """
    values = np.array([[value or 0.0 for value in row] for row in cells]).reshape(len(q), len(t))
    return tuple(
        Link(_span(q, rows), _span(t, columns), float(values[rows, columns].sum()))
        for rows, columns in blocks(values, floor)
    )


def blocks(values: np.ndarray, floor: float = FLOOR) -> list[Block]:
    """Rows and columns of each link, strongest first.

    values: float64 [q segments, t segments], 0 where a cell does not count.
    """
    sizes, free, found = np.abs(values), np.ones(values.shape, dtype=bool), list[Block]()
    least = max(floor, START * sizes.max(initial=0.0))
    while len(found) < MOST:
        starts = np.where(free, sizes, 0.0)
        if starts.max(initial=0.0) < least:
            break
        first = np.unravel_index(starts.argmax(), starts.shape)
        block = _grown(values * np.sign(values[first]), free, int(first[0]), int(first[1]))
        free[block] = False
        found.append(block)
    return sorted(found, key=lambda one: -abs(values[one].sum()))


def _grown(values: np.ndarray, free: np.ndarray, row: int, column: int) -> Block:
    """The link that starts at a cell of positive value. free: cells that belong to no other link, bool."""
    strong = free & (values >= JOIN * values[row, column])
    block = slice(row, row + 1), slice(column, column + 1)
    while wider := _wider(values, free, strong, block):
        block = wider
    return block


def _wider(values: np.ndarray, free: np.ndarray, strong: np.ndarray, block: Block) -> Block | None:
    """The block with the strongest cell around it by which its sum grows, or None."""
    around = np.zeros_like(strong)
    around[tuple(slice(max(0, one.start - 1), one.stop + 1) for one in block)] = True
    around[block] = False
    cells = np.argwhere(strong & around)
    for cell in cells[np.argsort(-values[tuple(cells.T)], kind="stable")].tolist():
        rows, columns = (slice(min(one.start, at), max(one.stop, at + 1)) for one, at in zip(block, cell, strict=True))
        if free[rows, columns].all() and values[rows, columns].sum() > values[block].sum():
            return rows, columns
    return None


def _span(segments: Sequence[Span], chosen: slice) -> Span:
    return segments[chosen.start][0], segments[chosen.stop - 1][1]
