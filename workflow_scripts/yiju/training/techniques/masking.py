"""Masked fine-tuning: a classifier learns from pairs without some of their tokens beside whole ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from yiju.config.technique import Switch, Technique

if TYPE_CHECKING:
    from yiju.models.tokens import TokenizedPairs
    from yiju.training.batches import Update


class Options(Switch):
    enabled: bool = Field(
        default=False,
        description="On or off. Half of the pairs of every update lose tokens, each pair at a rate drawn from 0 to 1; "
        "whole and masked selection pairs choose the best weights.",
    )
    operator: Literal["mask", "delete", "both"] = Field(
        default="mask",
        description="What becomes of these tokens: mask ([MASK] takes their place), delete, or both (one in every "
        "second such pair).",
    )


TECHNIQUE = Technique(
    title="masked fine-tuning",
    description="Masked fine-tuning (Madsen 2024), so that pairs without some of their characters are no surprise to "
    "the model.",
    options=Options,
    needs="mask token",
)


# What is drawn for a pair before its tokens draw: its place in the update, and its rate.
OWN_DRAWS = 2


@dataclass(frozen=True)
class Masking:
    """Masked fine-tuning (Madsen, Reddy and Chandar 2024): half of the pairs of an update are whole, half are masked.

    Each masked pair draws a rate from U(0, 1), and each of its tokens but [CLS] and [SEP] is taken away with this
    probability, as `keep_tokens` does it for explanations and for what measures them. operator: `mask` puts [MASK] in
    a token's place; `delete` deletes it; `both` deletes in every second masked pair (Hase, Xie and Bansal 2021 train on
    both). seed: of the copies of the selection pairs.
    """

    operator: Literal["mask", "delete", "both"]
    mask_id: int
    seed: int

    def __call__(self, pairs: TokenizedPairs, rows: np.ndarray, update: Update) -> TokenizedPairs:
        """Some rows of an update, in the order given, whole or masked.

        What becomes of a row depends on the update alone, and not on the rows that it is computed with. Of an odd
        number of rows one more is whole.
        """
        return self._without(pairs, rows, self.masked(update), update.seed)

    def masked(self, update: Update) -> np.ndarray:
        """The rows of an update that are masked, int64."""
        from yiju.training.masked_tokens import uniform

        keys = uniform(update.seed, update.rows, 1, 1)[:, 0, 0]
        return update.rows[np.argsort(keys, kind="stable")][: len(update.rows) // 2]

    def copies(self, pairs: TokenizedPairs) -> TokenizedPairs:
        """A masked copy of every pair, the same ones each time."""
        from yiju.models.tokenized_texts import CHUNK
        from yiju.models.tokens import TokenizedPairs

        parts = [np.arange(first, min(first + CHUNK, len(pairs))) for first in range(0, len(pairs), CHUNK)]
        return TokenizedPairs.joined([self._without(pairs, rows, rows, self.seed) for rows in parts])

    def _without(self, pairs: TokenizedPairs, rows: np.ndarray, masked: np.ndarray, seed: int) -> TokenizedPairs:
        """The given rows, those among `masked` without some of their tokens."""
        from yiju.models.removal import keep_tokens
        from yiju.training.masked_tokens import uniform

        lengths = pairs.starts[rows + 1] - pairs.starts[rows]
        draws = uniform(seed, rows, OWN_DRAWS + lengths.max(), 1)[..., 0]
        kept = (draws[:, OWN_DRAWS:] >= draws[:, [1]]) | ~np.isin(rows, masked)[:, None]
        kept = kept[np.arange(lengths.max()) < lengths[:, None]]
        deleted = {"mask": masked[:0], "delete": masked, "both": masked[1::2]}[self.operator]
        deletes = np.repeat(np.isin(rows, deleted), lengths)
        left = keep_tokens(pairs, rows, kept | deletes, "mask", self.mask_id)
        return keep_tokens(left, np.arange(len(rows)), kept | ~deletes, "delete", self.mask_id)
