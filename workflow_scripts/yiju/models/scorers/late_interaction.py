"""Late interaction (ColBERT): a vector for each token, and every token of q finds the one of t that is most alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from typing_extensions import override

from yiju.models.outputs import check_finite
from yiju.models.scorers.separate import SeparateScorer, attended
from yiju.models.sides import distinct_inputs
from yiju.models.text_encoder import Inputs
from yiju.models.tokens import TokenizedPairs

# Tokens of pairs whose vectors are held at a time: what bounds the memory.
BLOCK = 100_000


@dataclass(frozen=True)
class Expansion:
    """Queries are filled up to `length` tokens with the token `token_id`, each of which looks for a partner too.

    attended: whether the encoder attends to them.
    """

    length: int
    token_id: int
    attended: bool


class Match(NamedTuple):
    """Tokens of q's input, those of t's that they are matched with, and what each adds to the score.

    Places in either input, int64 [counted tokens of q]; those beyond q's own tokens are of the expansion.
    """

    q: np.ndarray
    t: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class LateInteraction(SeparateScorer):
    """A model that scores a pair by MaxSim (Khattab 2020): each token of q adds its largest product with one of t.

    mean: the mean over the tokens of q in place of the sum; skipped: ids of tokens that do not count, of q's input and
    of t's; expansion: of q's input, None where there is none; normalised: whether the vectors have length 1.
    """

    mean: bool = field(kw_only=True)
    skipped: tuple[tuple[int, ...], tuple[int, ...]] = field(kw_only=True)
    expansion: Expansion | None = field(kw_only=True)
    normalised: bool = field(kw_only=True)
    family: ClassVar[str] = "late-interaction model"

    @property
    @override
    def unit(self) -> float | None:
        """Of a sum of cosines that of one token: a colour is full where a whole match is lost."""
        return 1.0 if self.normalised and not self.mean else None

    @override
    def inputs(self, ids: Tensor, real: Tensor, side: int) -> Inputs:
        counted, mask = real, real
        if side == 0 and self.expansion is not None:
            more = max(0, self.expansion.length - ids.shape[1])
            ids, real = (functional.pad(one, (0, more)) for one in (ids, real))
            added = ~real & (torch.arange(ids.shape[1], device=ids.device) < self.expansion.length)
            ids = ids.masked_fill(~real, self.template.pad_id).masked_fill(added, self.expansion.token_id)
            counted, mask = real | added, real | added if self.expansion.attended else real
        skipped = torch.tensor(self.skipped[side], dtype=torch.int64, device=ids.device)
        return Inputs(attended(ids, mask), counted & ~torch.isin(ids, skipped))

    @override
    def similarity(self, q: Tensor, t: Tensor, counted: tuple[Tensor, Tensor]) -> Tensor:
        products = (q @ t.transpose(1, 2)).masked_fill(~counted[1][:, None], -torch.inf)
        # A text of which no token counts is like nothing.
        best = products.amax(-1).masked_fill(~(counted[0] & counted[1].any(1, keepdim=True)), 0.0)
        total = best.sum(1)
        return total / counted[0].sum(1).clamp(min=1) if self.mean else total

    @override
    def predict(self, pairs: TokenizedPairs, batch_tokens: int) -> np.ndarray:
        """See `Scorer.predict`; each different text of a block of pairs is encoded once."""
        found = np.array([match.values.sum() for match in self.matches(pairs, batch_tokens)])
        check_finite(found, "similarities")
        return np.stack([np.zeros_like(found), found], axis=1)

    def matches(self, pairs: TokenizedPairs, batch_tokens: int) -> Iterator[Match]:
        """How the tokens of each pair are matched; what they add sums to the score."""
        blocks = np.flatnonzero(np.diff(pairs.starts[1:] // BLOCK, prepend=-1))
        for first, end in zip(blocks, [*blocks[1:], len(pairs)], strict=True):
            block = pairs.select(np.arange(first, end))
            with self.evaluating(), torch.inference_mode():
                (q, q_of), (t, t_of) = (self._vectors(block, side, batch_tokens) for side in (0, 1))
                found = [self._match(q[of], t[to]) for of, to in zip(q_of, t_of, strict=True)]
            yield from found

    def _match(self, q: tuple[Tensor, np.ndarray], t: tuple[Tensor, np.ndarray]) -> Match:
        (queries, q_places), (documents, t_places) = q, t
        if not len(q_places) or not len(t_places):
            nothing = np.zeros(0, dtype=np.int64)
            return Match(nothing, nothing, np.zeros(0))
        best, where = (queries @ documents.T).max(1)
        values = best.double().cpu().numpy()
        return Match(q_places, t_places[where.cpu().numpy()], values / len(values) if self.mean else values)

    def _vectors(
        self, pairs: TokenizedPairs, side: int, batch_tokens: int
    ) -> tuple[list[tuple[Tensor, np.ndarray]], np.ndarray]:
        """Vectors and places of the tokens that count of each different text of a side, and which text a pair has."""
        texts, which = distinct_inputs(pairs, side)
        found: list = [None] * len(texts)
        for rows, vectors, inputs in self.encoded(texts, side, batch_tokens):
            for row, own, counted in zip(rows.tolist(), vectors, inputs.counted, strict=True):
                found[row] = own[counted], counted.nonzero()[:, 0].cpu().numpy()
        return found, which


def token_matrices(scorer: LateInteraction, pairs: TokenizedPairs, batch_tokens: int) -> list[np.ndarray]:
    """What each own token of q adds to the score by its match with each of t: float64 [q tokens, t tokens] a pair.

    What tokens of the template and of the expansion add, or are matched with, is not in it.
    """
    template, sizes = pairs.template, zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    begins = len(template.before), len(template.between) - template.first_share
    found = []
    for match, size in zip(scorer.matches(pairs, batch_tokens), sizes, strict=True):
        q, t = match.q - begins[0], match.t - begins[1]
        own = (q >= 0) & (q < size[0]) & (t >= 0) & (t < size[1])
        matrix = np.zeros(size)
        matrix[q[own], t[own]] = match.values[own]
        found.append(matrix)
    return found
