"""The model that is explained, and what every method asks of it: within a bound of memory, leaving no trace."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from yiju.models.calibration.apply import log_probability
from yiju.models.scorer import Scorer
from yiju.models.tokens import Batch, TokenizedPairs, by_length

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# A label, or one of each pair.
Label = TypeVar("Label", int, np.ndarray, "Tensor")


@dataclass(frozen=True)
class TokenScores:
    """Token scores of many pairs, what a method promises of their sum, and what it heard the model say.

    values: float64, one a token of `pairs.ids`, special tokens included; gap: float64 [pairs], sum of the scores less
    what completeness says that it is, or None for a method without that promise; logits: float64 [pairs, classes] of a
    method that judges the pairs in passing, else None.
    """

    values: np.ndarray
    gap: np.ndarray | None = None
    logits: np.ndarray | None = None


@dataclass(frozen=True)
class Subject:
    """A model, float32, and what is explained of it: the score, one number a pair.

    It is log p(label) or, with `contrast`, the output of the label less that of the class `contrast`; of a model that
    gives one number, that number for label 1 and its opposite for label 0. budget: padded tokens of one forward pass;
    seed: of all draws.
    """

    scorer: Scorer
    budget: int
    seed: int = 111
    contrast: int | None = None

    @classmethod
    def of(cls, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, budget: int, seed: int = 111) -> Subject:
        """A model for sequence classification before it is explained."""
        from yiju.models.scorers.classifier import classifier_of

        return cls(classifier_of(model, tokenizer), budget, seed)

    @property
    def model(self) -> PreTrainedModel:
        """The model itself, for methods that look into it."""
        return cast("PreTrainedModel", self.scorer.model)

    @property
    def mask_id(self) -> int | None:
        return self.scorer.template.mask_id

    @property
    def pad_id(self) -> int:
        return self.scorer.template.pad_id

    @property
    def special_ids(self) -> tuple[int, ...]:
        return self.scorer.template.special_ids

    def outputs(self, pairs: TokenizedPairs) -> np.ndarray:
        """What the model gives for every pair, float64 [pairs, classes]."""
        return self.scorer.predict(pairs, self.budget)

    def decided(self, pairs: TokenizedPairs) -> np.ndarray:
        """The label with the larger output of every pair, int64 [pairs]."""
        return self.outputs(pairs).argmax(1)

    def against(self, label: Label) -> Label | None:
        """The class that the score of a label, or of each of many, is a difference to; None of a log-probability."""
        if self.scorer.single:
            return 1 - label
        return None if self.contrast is None else 0 * label + self.contrast

    def score(self, outputs: np.ndarray, label: int | np.ndarray) -> np.ndarray:
        """The score of outputs [pairs, classes], for one label or one a pair: float64 [pairs]."""
        other, rows = self.against(np.asarray(label)), np.arange(len(outputs))
        return log_probability(outputs, label) if other is None else outputs[rows, label] - outputs[rows, other]

    def score_of(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """The same of tensors: [batch] of outputs [batch, classes] and labels [batch]."""
        other = self.against(labels)
        if other is None:
            return outputs.log_softmax(-1).gather(1, labels[:, None])[:, 0]
        return (outputs.gather(1, labels[:, None]) - outputs.gather(1, other[:, None]))[:, 0]

    def batches(self, pairs: TokenizedPairs, labels: np.ndarray, copies: int = 1) -> Iterator[tuple[Batch, Tensor]]:
        """Batches of pairs of similar length and their labels, on the model's device.

        copies: how many times over a batch comes into memory at once, so that it fits in all the same.
        """
        import torch

        device = self.scorer.device
        for rows in by_length(pairs.lengths, max(1, self.budget // copies)):
            chosen = torch.from_numpy(labels[rows].astype(np.int64))
            yield pairs.batch(rows).to(device), chosen.to(device)

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


def total(pairs: TokenizedPairs, values: np.ndarray) -> np.ndarray:
    """Sum of token values by pair, float64 [pairs]."""
    return np.add.reduceat(values, pairs.starts[:-1])
