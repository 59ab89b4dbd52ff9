"""Few shapes of micro-batches: for bfloat16 on the CPU torch compiles a kernel for every new shape of a product.

oneDNN keeps 1,024 of them. Where every micro-batch has a shape of its own they are compiled again and again, which took
half of the time of a training of 4 layers of 256.
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
# Guesses of a micro-batch are filled up to a multiple of so many, with a target that no loss counts.
GUESSES, UNCOUNTED = 64, -100


@dataclass(frozen=True)
class Shapes:
    """Of the micro-batches of a training. even: whether they are few; longest: tokens that no row exceeds."""

    even: bool
    longest: int

    @classmethod
    def of(cls, device: str, dtype: torch.dtype | None, *pairs: TokenizedPairs) -> Shapes:
        """Even ones for bfloat16 on the CPU. dtype: of autocast, or None."""
        return cls(device == "cpu" and dtype is not None, max(int(one.lengths.max()) for one in pairs))

    def cut(self, lengths: np.ndarray, budget: int) -> Iterator[np.ndarray]:
        """Rows in micro-batches as `by_length` has them, of even ones a multiple of ROWS."""
        return by_length(lengths, budget, ROWS if self.even else 1)

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
