"""The classifier that is explained, and what every method asks of it: within a bound of memory, leaving no trace."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.models.inference import first_token_only, predict_logits
from yiju.models.tokens import Batch, TokenizedPairs, by_length


@dataclass(frozen=True)
class TokenScores:
    """Token scores of many pairs, what a method promises of their sum, and what it heard the model say.

    values: float64, one a token of `pairs.ids`, special tokens included; gap: float64 [pairs], sum of the scores less
    what completeness says that it is, or None for a method without that promise; logits: float64 [pairs, 2] of a method
    that judges the pairs in passing, else None.
    """

    values: np.ndarray
    gap: np.ndarray | None = None
    logits: np.ndarray | None = None


@dataclass(frozen=True)
class Subject:
    """A classifier in evaluation mode, float32; budget: padded tokens of one forward pass; seed: of all draws."""

    model: PreTrainedModel
    mask_id: int
    pad_id: int
    special_ids: tuple[int, ...]
    budget: int
    seed: int = 111

    @classmethod
    def of(cls, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, budget: int, seed: int = 111) -> Subject:
        return cls(
            model, tokenizer.mask_token_id, tokenizer.pad_token_id, tuple(tokenizer.all_special_ids), budget, seed
        )

    def decided(self, pairs: TokenizedPairs) -> np.ndarray:
        """The label with the larger logit of every pair, int64 [pairs]."""
        return predict_logits(self.model, pairs, self.budget).argmax(1)

    def batches(self, pairs: TokenizedPairs, labels: np.ndarray, copies: int = 1) -> Iterator[tuple[Batch, Tensor]]:
        """Batches of pairs of similar length and their labels, on the model's device.

        copies: how many times over a batch comes into memory at once, so that it fits in all the same.
        """
        for rows in by_length(pairs.lengths, max(1, self.budget // copies)):
            chosen = torch.from_numpy(labels[rows].astype(np.int64))
            yield pairs.batch(rows).to(self.model.device), chosen.to(self.model.device)

    def per_batch(
        self, pairs: TokenizedPairs, labels: np.ndarray, function: Callable[[Batch, Tensor], Tensor], copies: int = 1
    ) -> np.ndarray:
        """What `function` of a batch and its labels says of every token, float64, flat as `pairs.ids`.

        copies: how many times the function holds a batch in memory at once.
        """
        values = np.zeros(len(pairs.ids))
        for batch, chosen in self.batches(pairs, labels, copies):
            found = function(batch, chosen).detach().cpu().double().numpy()
            columns = np.arange(found.shape[1])
            real = columns < pairs.lengths[batch.rows, None]
            values[(pairs.starts[batch.rows, None] + columns)[real]] = found[real]
        return values

    def generator(self, pairs: TokenizedPairs, row: int) -> np.random.Generator:
        """Random numbers of one pair: they depend on its tokens and the seed, not on the pairs beside it."""
        ids = pairs.ids[pairs.starts[row] : pairs.starts[row + 1]]
        return np.random.default_rng([self.seed, zlib.crc32(ids.astype("<i4").tobytes())])


@contextmanager
def evaluating(model: PreTrainedModel) -> Iterator[None]:
    """For the length of the block: evaluation mode, no gradients for parameters, nothing computed that no one reads."""
    training, learning = model.training, [weight for weight in model.parameters() if weight.requires_grad]
    model.eval()
    for weight in learning:
        weight.requires_grad_(False)
    try:
        with first_token_only(model):
            yield
    finally:
        model.train(training)
        for weight in learning:
            weight.requires_grad_(True)


def total(pairs: TokenizedPairs, values: np.ndarray) -> np.ndarray:
    """Sum of token values by pair, float64 [pairs]."""
    return np.add.reduceat(values, pairs.starts[:-1])
