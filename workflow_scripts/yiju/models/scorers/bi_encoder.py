"""Bi-encoders: a vector for each of the two texts, and how similar the two vectors are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from typing_extensions import override

from yiju.models.inference import first_token_only
from yiju.models.outputs import check_finite
from yiju.models.scorers.separate import SeparateScorer, attended
from yiju.models.sides import distinct_inputs
from yiju.models.text_encoder import Inputs, Pooling
from yiju.models.tokens import TokenizedPairs

# Of vectors [pairs, width], as sentence-transformers has them.
SIMILARITIES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cosine": lambda q, t: (functional.normalize(q, dim=-1) * functional.normalize(t, dim=-1)).sum(-1),
    "dot": lambda q, t: (q * t).sum(-1),
    "euclidean": lambda q, t: -(q - t).square().sum(-1).sqrt(),
    "manhattan": lambda q, t: -(q - t).abs().sum(-1),
}
# Similarities that are products of two vectors.
PRODUCTS = ("cosine", "dot")
# Pairs that are multiplied at a time: what bounds the memory.
BLOCK = 4096
# Cosines of pairs that are alike and of those that are not are a few tenths apart in most models: what moves a third of
# that by itself decides.
COSINE_UNIT = 0.1


@dataclass(frozen=True)
class BiEncoder(SeparateScorer):
    """A model of sentence-transformers that gives a vector for a text.

    similarity_name: one of `SIMILARITIES`; skipped: how many tokens at the beginning of q's input, and of t's, are the
    prompt's and are not pooled.
    """

    similarity_name: str = field(kw_only=True)
    skipped: tuple[int, int] = field(default=(0, 0), kw_only=True)
    family: ClassVar[str] = "bi-encoder"

    @property
    @override
    def unit(self) -> float | None:
        return COSINE_UNIT if self.similarity_name == "cosine" else None

    @property
    def reads_first(self) -> bool:
        """Whether nothing of a text is read but the vector of its first token."""
        pooling = self.model.steps[0]
        return isinstance(pooling, Pooling) and pooling.modes == ("cls",) and self.skipped == (0, 0)

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        first = first_token_only(self.model.encoder) if self.reads_first else nullcontext()
        with super().evaluating(), first:
            yield

    @override
    def inputs(self, ids: Tensor, real: Tensor, side: int) -> Inputs:
        columns = torch.arange(ids.shape[1], device=ids.device)
        return Inputs(attended(ids, real), real & (columns >= self.skipped[side]))

    @override
    def similarity(self, q: Tensor, t: Tensor, counted: tuple[Tensor, Tensor]) -> Tensor:
        return SIMILARITIES[self.similarity_name](q, t)

    @override
    def predict(self, pairs: TokenizedPairs, batch_tokens: int) -> np.ndarray:
        """See `Scorer.predict`; each different text is encoded once."""
        if not len(pairs):
            return np.zeros((0, 2))
        with self.evaluating(), torch.inference_mode():
            (q, q_of), (t, t_of) = (self._vectors(pairs, side, batch_tokens) for side in (0, 1))
            alike = SIMILARITIES[self.similarity_name]
            parts = (slice(first, first + BLOCK) for first in range(0, len(pairs), BLOCK))
            numbers = [alike(q[q_of[part]].double(), t[t_of[part]].double()) for part in parts]
        found = torch.cat(numbers).cpu().numpy()
        check_finite(found, "similarities")
        return np.stack([np.zeros_like(found), found], axis=1)

    def _vectors(self, pairs: TokenizedPairs, side: int, batch_tokens: int) -> tuple[Tensor, Tensor]:
        """The vectors of the different texts of a side, float32 [texts, width], and which each pair has."""
        texts, which = distinct_inputs(pairs, side)
        batches = [(rows, vectors) for rows, vectors, _ in self.encoded(texts, side, batch_tokens)]
        order = torch.from_numpy(np.argsort(np.concatenate([rows for rows, _ in batches]), kind="stable"))
        vectors = torch.cat([vectors for _, vectors in batches])
        return vectors[order.to(vectors.device)], torch.from_numpy(which).to(vectors.device)
