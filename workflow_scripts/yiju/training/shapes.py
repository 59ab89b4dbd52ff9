"""The shapes of micro-batches: on the CPU as little padding as pays, and for bfloat16 few different ones.

For bfloat16 on the CPU torch compiles a kernel for every new shape of a product, and oneDNN keeps 1,024 of them. Where
every micro-batch has a shape of its own they are compiled again and again: with 4 layers of 256, few shapes are 1.5
times as fast (benchmarks/shapes.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from yiju.models.tokens import Batch, TokenizedPairs, by_length

# Micro-batches have a multiple of so many rows where there are as many, and rows a multiple of so many tokens.
ROWS, TOKENS = 8, 4
# What one more micro-batch costs on the CPU, in tokens: those that a small model computes in the same time.
COST = 256
# Guesses of a micro-batch are filled up to a multiple of so many, with a target that no loss counts.
GUESSES, UNCOUNTED = 64, -100


@dataclass(frozen=True)
class Shapes:
    """How a training shapes its micro-batches.

    cpu: whether it runs there; even: whether the shapes are few; longest: tokens that no row exceeds.
    """

    cpu: bool
    even: bool
    longest: int

    @classmethod
    def of(cls, device: str, dtype: torch.dtype | None, *pairs: TokenizedPairs) -> Shapes:
        """Even ones for bfloat16 on the CPU. dtype: of autocast, or None."""
        cpu = device == "cpu"
        return cls(cpu, cpu and dtype is not None, max(int(one.lengths.max()) for one in pairs))

    def cut(self, lengths: np.ndarray, budget: int) -> Iterator[np.ndarray]:
        """Rows in micro-batches of similar length, longest first, at most `budget` padded tokens each (or one row).

        On a GPU, which computes large batches as fast as small ones, they are as few as the budget allows.
        """
        return cheapest(lengths, budget) if self.cpu else by_length(lengths, budget)

    def batch(self, pairs: TokenizedPairs, rows: np.ndarray) -> Batch:
        """The rows as a batch, which is as wide as its longest row, or a little wider."""
        return pairs.batch(rows, self.width(int((pairs.starts[rows + 1] - pairs.starts[rows]).max())))

    def width(self, tokens: int) -> int:
        return min(-(-tokens // TOKENS) * TOKENS, self.longest) if self.even else tokens

    def needed(self, has_term: np.ndarray) -> np.ndarray:
        """Places of the rows that have a term, of even shapes with as many others as make a multiple of ROWS."""
        more = -int(has_term.sum()) % ROWS if self.even else 0
        return np.sort(np.concatenate([np.flatnonzero(has_term), np.flatnonzero(~has_term)[:more]]))

    def guesses(self, chosen: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Flat positions and what stood there, filled up with the first position and UNCOUNTED."""
        more = -len(chosen) % GUESSES if self.even else 0
        return torch.cat([chosen, chosen[:1].expand(more)]), torch.cat([targets, targets.new_full((more,), UNCOUNTED)])


def cheapest(lengths: np.ndarray, budget: int) -> Iterator[np.ndarray]:
    """Rows in the batches that take the fewest tokens in all, padding and COST for each batch included.

    A batch has at most `budget` padded tokens, or one row; where that allows it, a multiple of ROWS rows, but for the
    last one.
    """
    order = np.argsort(-lengths, kind="stable")
    longest, count = lengths[order].tolist(), len(order)
    # Of the rows up to each place: the fewest tokens, and where their last batch begins.
    least, begins = {0: 0}, dict[int, int]()
    for start in range(count):
        if start not in least:
            continue
        most = max(1, budget // longest[start])
        step = min(ROWS, most)
        for end in {min(start + size, count) for size in range(step, most + 1, step)}:
            tokens = least[start] + (end - start) * longest[start] + COST
            if tokens < least.get(end, tokens + 1):
                least[end], begins[end] = tokens, start
    ends = [count] if count else []
    while ends and begins[ends[-1]]:
        ends.append(begins[ends[-1]])
    yield from np.split(order, ends[:0:-1]) if count else ()
