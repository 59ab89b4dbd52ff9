"""Pairs as a model reads them: in the order as given, and, where the mean of both orders decides, exchanged too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yiju.explain.segments import Segments, shares
from yiju.models.scorer import Scorer
from yiju.models.tokenized_texts import TokenizedTexts
from yiju.models.tokens import TokenizedPairs


@dataclass(frozen=True)
class Order:
    """Pairs with their sides in one order, and their segments.

    q, t: the sentences, with their spans where anything is to be attributed; segments: of each pair; exchanged: whether
    t comes first in `pairs`.
    """

    q: TokenizedTexts
    t: TokenizedTexts
    pairs: TokenizedPairs
    segments: Sequence[Segments] = ()
    exchanged: bool = False

    def kept(self, row: int) -> tuple[int, int]:
        """How many tokens of q and of t the model reads."""
        first, second = int(self.pairs.first[row]), int(self.pairs.second[row])
        return (second, first) if self.exchanged else (first, second)

    def empty(self) -> list[np.ndarray] | None:
        """The tokens that stand for no character, bool [own tokens] of each pair; None where no pair has any."""
        found = [self._empty(row) for row in range(len(self.pairs))]
        return found if any(own.any() for own in found) else None

    def _empty(self, row: int) -> np.ndarray:
        parts = [
            np.array([start == end for start, end in own.span_list(row, count)], dtype=bool)
            for own, count in zip((self.q, self.t), self.kept(row), strict=True)
        ]
        return np.concatenate(parts[::-1] if self.exchanged else parts)

    def shares(self) -> list[np.ndarray]:
        """The share of each token that each segment has: float64 [own tokens, segments] of each pair.

        Tokens in the order of `pairs`, segments always those of q and then those of t. A token that touches several
        segments is shared equally, and one that was cut off is not there.
        """
        return [self._shares(row) for row in range(len(self.pairs))]

    def _shares(self, row: int) -> np.ndarray:
        read, sentences = self.kept(row), (self.q, self.t)
        q, t = (
            shares(own.span_list(row, count), spans)
            for own, count, spans in zip(sentences, read, self.segments[row], strict=True)
        )
        # No token of one side touches a segment of the other.
        nothing = np.zeros((len(q), t.shape[1])), np.zeros((len(t), q.shape[1]))
        together = np.block([[q, nothing[0]], [nothing[1], t]])
        return np.roll(together, read[1], axis=0) if self.exchanged else together


def orders_of(
    scorer: Scorer,
    q: Sequence[str],
    t: Sequence[str],
    both: bool,
    segments: Sequence[Segments] | None = None,
) -> list[Order]:
    """The pairs in the order as given and, if `both`, exchanged as well: a pair of its own, cut to length by itself.

    segments: of each pair, where anything is to be attributed to them.
    """
    spans, texts = segments is not None, (list(q), list(t))
    first, second = (scorer.encode(own, side, spans) for side, own in enumerate(texts))
    given = Order(first, second, scorer.pair_up(first, second), segments or ())
    if not both:
        return [given]
    template = scorer.template
    if len({*template.leads, *template.trails}) > 1:
        # The same text stands elsewhere, and has other tokens there.
        first, second = scorer.encode(texts[0], 1, spans), scorer.encode(texts[1], 0, spans)
    return [given, Order(first, second, scorer.pair_up(second, first), segments or (), True)]
