"""Models that read the two texts by themselves: what bi-encoders and late-interaction models have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from typing_extensions import override

from yiju.models.scorer import Scorer, widened
from yiju.models.sides import padded, places_of
from yiju.models.text_encoder import Inputs, TextEncoder
from yiju.models.tokenized_texts import TokenizedTexts
from yiju.models.tokens import Batch, TokenizedPairs, by_length, pair_up_separate

# Padded tokens of one side that are computed together at given embeddings: enough for matrix products to be fast.
PART = 512


@dataclass(frozen=True)
class SeparateScorer(Scorer):
    """A model of two inputs. limits: tokens that it reads of q's and of t's, the template's included."""

    model: TextEncoder = field()
    limits: tuple[int, int] = field(kw_only=True)
    single: ClassVar[bool] = True

    @override
    def pair_up(self, q: TokenizedTexts, t: TokenizedTexts) -> TokenizedPairs:
        return pair_up_separate(self.template, q, t, self.limits)

    @abstractmethod
    def inputs(self, ids: Tensor, real: Tensor, side: int) -> Inputs:
        """What the encoder reads of inputs of one side. ids: int64 [texts, tokens]; real: bool, no padding."""

    @abstractmethod
    def similarity(self, q: Tensor, t: Tensor, counted: tuple[Tensor, Tensor]) -> Tensor:
        """One number a pair, [batch], of what the encoder makes of its sides. counted: of q's inputs, and of t's."""

    def encoded(
        self, texts: TokenizedTexts, side: int, batch_tokens: int
    ) -> Iterator[tuple[np.ndarray, Tensor, Inputs]]:
        """Rows of the texts in batches of so many padded tokens, what the encoder makes of them, and its inputs."""
        for rows in by_length(np.maximum(texts.lengths, 1), batch_tokens):
            ids, real = (tensor.to(self.device) for tensor in padded(texts, rows, self.template.pad_id))
            inputs = self.inputs(ids, real, side)
            yield rows, self.model(inputs), inputs

    @override
    def embedding_output(self, batch: Batch) -> Tensor:
        sides = [places_of(batch, side) for side in (0, 1)]
        found = [
            self.model.embedding_output(self._side(batch, places, real, side))
            for side, (places, real) in enumerate(sides)
        ]
        joint = found[0].new_zeros(*batch.input_ids.shape, found[0].shape[-1])
        for own, (places, real) in zip(found, sides, strict=True):
            rows, columns = real.nonzero(as_tuple=True)
            joint[rows, places[rows, columns]] = own[rows, columns]
        return joint

    @override
    def outputs_at(self, batch: Batch, output: Tensor) -> Tensor:
        (q, first), (t, second) = (self.encoded_at(batch, output, side) for side in (0, 1))
        return widened(self.similarity(q, t, (first, second))[:, None])

    def encoded_at(self, batch: Batch, output: Tensor, side: int) -> tuple[Tensor, Tensor]:
        """What the encoder makes of one side with `output` in the place of the embedding output, and what counts.

        Pairs of similar length have sides of any: these are computed in parts of similar length.
        """
        places, real = places_of(batch, side)
        rows = [torch.from_numpy(one).to(places.device) for one in by_length(_sizes(real), PART)]
        parts = [self._part_at(batch, output, (places, real), side, one) for one in rows]
        back = torch.cat(rows).argsort()
        width = max(counted.shape[1] for _, counted in parts)
        counted = torch.cat([functional.pad(one, (0, width - one.shape[1])) for _, one in parts])
        # Without a pooling there is a vector for each token.
        found = [one if one.ndim == 2 else functional.pad(one, (0, 0, 0, width - one.shape[1])) for one, _ in parts]
        return torch.cat(found)[back], counted[back]

    def _part_at(
        self, batch: Batch, output: Tensor, tokens: tuple[Tensor, Tensor], side: int, rows: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The same of some rows. tokens: places and reality of the side's tokens, as `places_of` gives them."""
        places, real = (one[rows, : int(_sizes(tokens[1][rows]).max())] for one in tokens)
        inputs = self._side(batch.take(rows), places, real, side)
        more = inputs.batch.input_ids.shape[1] - places.shape[1]
        own = output[rows[:, None], places]
        found = self.model(inputs, functional.pad(own, (0, 0, 0, more)), functional.pad(real, (0, more)))
        return found, inputs.counted

    def _side(self, batch: Batch, places: Tensor, real: Tensor, side: int) -> Inputs:
        ids = batch.input_ids.gather(1, places)
        return self.inputs(ids.masked_fill(~real, self.template.pad_id), real, side)


def _sizes(real: Tensor) -> np.ndarray:
    """How many tokens inputs have, at least one: int64 [texts]."""
    return real.sum(1).clamp(min=1).cpu().numpy()


def attended(ids: Tensor, mask: Tensor) -> Batch:
    """Inputs as an encoder takes them, of the segment ids 0. mask: bool [texts, tokens], what it attends to.

    Of a text without any token that is the padding, for there is no attention to nothing.
    """
    nothing = ~mask.any(1, keepdim=True) & (torch.arange(ids.shape[1], device=ids.device) == 0)
    return Batch(ids, (mask | nothing).long(), torch.zeros_like(ids), np.arange(len(ids)))
