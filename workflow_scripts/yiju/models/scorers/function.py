"""Any function of pairs of texts: an HTTP service, another library's model, a rule. Nobody looks into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from typing_extensions import override

from yiju.base.errors import YijuError
from yiju.models.given_pairs import Pair
from yiju.models.scorer import SINGLE, Scorer
from yiju.models.template import Template
from yiju.models.tokenized_texts import TokenizedTexts, starts_of
from yiju.models.tokens import Batch, TokenizedPairs

if TYPE_CHECKING:
    from torch import Tensor

# A function of a list of pairs that gives one number for each of them.
Score = Callable[[list[Pair]], Sequence[float]]
# Longer texts are not cut for a function.
LONGEST = 1 << 20


@dataclass(frozen=True)
class Function(Scorer):
    """A function as a scorer: its tokens are the characters of the texts, by their code points.

    size: how many pairs the function is given at a time.
    """

    score: Score = field(kw_only=True)
    size: int = field(kw_only=True)
    single: ClassVar[bool] = True
    gradients: ClassVar[bool] = False
    family: ClassVar[str] = "function"

    @property
    @override
    def unit(self) -> float | None:
        return None

    @override
    def encode(self, texts: Sequence[str], side: int, spans: bool = False) -> TokenizedTexts:
        lengths = [len(text) for text in texts]
        ids = np.frombuffer("".join(texts).encode("utf-32-le"), dtype="<i4").astype(np.int32)
        places = np.concatenate([np.zeros(0, np.int32), *(np.arange(length, dtype=np.int32) for length in lengths)])
        return TokenizedTexts(ids, starts_of(lengths), np.stack([places, places + 1], axis=1) if spans else None)

    @override
    def unknown_counts(self, texts: Sequence[str], spelt: TokenizedTexts) -> np.ndarray:
        return np.zeros(len(texts), dtype=np.int64)

    @override
    def unknown_in(self, texts: Sequence[str], spelt: TokenizedTexts) -> list[np.ndarray]:
        return [np.zeros(len(text), dtype=bool) for text in texts]

    @override
    def predict(self, pairs: TokenizedPairs, batch_tokens: int) -> np.ndarray:
        """See `Scorer.predict`; the function is asked for the same pair once, in the order of first appearance."""
        texts = _texts(pairs)
        distinct = list(dict.fromkeys(texts))
        known: dict[Pair, float] = {}
        for first in range(0, len(distinct), self.size):
            part = distinct[first : first + self.size]
            known |= zip(part, self._asked(part), strict=True)
        return np.array([[0.0, known[pair]] for pair in texts]).reshape(len(texts), 2)

    @override
    def embedding_output(self, batch: Batch) -> Tensor:
        raise NotImplementedError("a function has no embeddings")

    @override
    def outputs_at(self, batch: Batch, output: Tensor) -> Tensor:
        raise NotImplementedError("a function has no embeddings")

    def _asked(self, part: list[Pair]) -> list[float]:
        said: Any = self.score(list(part))
        try:
            numbers = np.asarray(said, dtype=np.float64)
        except (TypeError, ValueError):
            raise YijuError(f"the function gives {_short(said)}; it must give one number for each pair") from None
        if numbers.shape != (len(part),):
            raise YijuError(
                f"the function gives {_short(said)} for {len(part)} pairs; it must give one number for each, in order"
            )
        wrong = np.flatnonzero(~np.isfinite(numbers))
        if len(wrong):
            raise YijuError(
                f"the function gives {numbers[wrong[0]]} for {part[wrong[0]]!r}; it must be a finite number"
            )
        return numbers.tolist()


def function_of(score: Score, size: int, mask: str | None) -> Function:
    """The scorer of a function. mask: a character that is put in the place of one that is masked, or None."""
    if not callable(score):
        raise YijuError(f"score is {_short(score)}; give a function of a list of pairs (q, t)")
    if mask is not None and (not isinstance(mask, str) or len(mask) != 1):
        raise YijuError(f"mask_token is {_short(mask)}; give one character, such as '□', or None")
    template = Template((), (), (), pad_id=0, mask_id=None if mask is None else ord(mask), special_ids=())
    return Function(None, None, template, LONGEST, SINGLE, score=score, size=size)


def _texts(pairs: TokenizedPairs) -> list[Pair]:
    """The texts that the tokens of pairs spell."""
    starts = np.stack([pairs.first_starts, pairs.second_starts, pairs.starts[1:]], axis=1).tolist()
    return [(_text(pairs.ids[q:t]), _text(pairs.ids[t:end])) for q, t, end in starts]


def _text(ids: np.ndarray) -> str:
    return ids.astype("<i4").tobytes().decode("utf-32-le")


def _short(value: Any) -> str:
    said = repr(value)
    return said if len(said) <= 80 else said[:77] + "..."
