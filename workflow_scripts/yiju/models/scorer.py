"""What every family of pair models is to the rest of yiju: texts become inputs, and inputs become outputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from yiju.base.errors import YijuError
from yiju.models.template import Template
from yiju.models.tokenized_texts import TokenizedTexts
from yiju.models.tokens import Batch, TokenizedPairs, encode_side, pair_up
from yiju.models.unknown_characters import unknown_counts, unknown_in

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn
    from transformers import PreTrainedTokenizerBase

# Names of the outputs of a model that tells similar pairs from others, or gives one number.
SINGLE = ("not similar", "similar")


@dataclass(frozen=True)
class Scorer(ABC):
    """A pair model in evaluation mode with its tokeniser.

    Its outputs are float64 [pairs, classes]: the logits of its classes or, of a model that gives one number (`single`),
    0 and that number, so that the second less the first is what the model says. model: None for a function that nobody
    looks into; template: how two texts become its input; max_length: tokens that it reads, of a pair or, where the
    texts are inputs of their own, of either; classes: names of the outputs.
    """

    model: nn.Module | None
    tokenizer: PreTrainedTokenizerBase | None
    template: Template
    max_length: int
    classes: tuple[str, ...]
    # Whether the model gives one number a pair and not a logit for each class.
    single: ClassVar[bool] = False
    # Whether gradients of an output with respect to the embedding output can be taken.
    gradients: ClassVar[bool] = True
    # What the family is called in messages and tables.
    family: ClassVar[str]

    @property
    def unit(self) -> float | None:
        """The change of a score from which on a colour is full; None where scores have no scale of their own."""
        return 1.0

    @property
    def own_config(self) -> Any:
        """What the model's folder says of it: `decision_margin` and `average_orders` among other things, or None."""
        return getattr(self.model, "config", None)

    @property
    def device(self) -> torch.device:
        """Where the model computes."""
        import torch

        first = None if self.model is None else next(self.model.parameters(), None)
        return torch.device("cpu") if first is None else first.device

    @property
    def _own_tokenizer(self) -> PreTrainedTokenizerBase:
        assert self.tokenizer is not None, "a family without a tokeniser encodes by itself"
        return self.tokenizer

    def encode(self, texts: Sequence[str], side: int, spans: bool = False) -> TokenizedTexts:
        """Tokenise the texts of q (side 0) or of t (1); spans: keep offsets, in characters of the text as given."""
        return encode_side(self._own_tokenizer, self.template, texts, side, spans)

    def pair_up(self, q: TokenizedTexts, t: TokenizedTexts) -> TokenizedPairs:
        """Inputs of pairs, cut to what the model reads."""
        return pair_up(self.template, q, t, self.max_length)

    def unknown_counts(self, texts: Sequence[str], spelt: TokenizedTexts) -> np.ndarray:
        """How many characters of each text the model cannot tell from others, int64 [texts]."""
        return unknown_counts(self._own_tokenizer, texts, spelt)

    def unknown_in(self, texts: Sequence[str], spelt: TokenizedTexts) -> list[np.ndarray]:
        """Which characters these are, bool [characters] of each text. spelt: with spans."""
        return unknown_in(self._own_tokenizer, texts, spelt)

    @abstractmethod
    def predict(self, pairs: TokenizedPairs, batch_tokens: int) -> np.ndarray:
        """Outputs of all pairs, float64 [pairs, classes], in float32 and in batches of so many padded tokens.

        Raises YijuError for outputs that are not finite.
        """

    @abstractmethod
    def embedding_output(self, batch: Batch) -> Tensor:
        """What enters the first layer, [batch, tokens, width], aligned with the batch's tokens."""

    @abstractmethod
    def outputs_at(self, batch: Batch, output: Tensor) -> Tensor:
        """Outputs, [batch, classes], with `output`, [batch, tokens, width], in the place of the embedding output."""

    def view(self, model: nn.Module) -> Scorer:
        """The same with another module tree on the same weights."""
        return replace(self, model=model)

    def prepare(self, model: nn.Module) -> None:  # noqa: ARG002, for families that have something to do
        """Make a new view of the model take batches as yiju makes them; nothing to do for most families."""
        return

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """For the length of the block: evaluation mode, and no gradients for parameters."""
        if self.model is None:
            yield
            return
        model = self.model
        training, learning = model.training, [weight for weight in model.parameters() if weight.requires_grad]
        model.eval()
        for weight in learning:
            weight.requires_grad_(False)
        try:
            yield
        finally:
            model.train(training)
            for weight in learning:
                weight.requires_grad_(True)


def with_mask(scorer: Scorer, token: str) -> Scorer:
    """The same with a token of its vocabulary that is put in the place of one that is masked. Raises YijuError."""
    vocabulary = {} if scorer.tokenizer is None else scorer.tokenizer.get_vocab()
    if token not in vocabulary:
        raise YijuError(f"mask_token is {token!r}, which the model's vocabulary does not hold; name a token of it")
    return replace(scorer, template=replace(scorer.template, mask_id=vocabulary[token]))


def widened(numbers: Tensor) -> Tensor:
    """One number a pair as two outputs, 0 and the number: [batch, 2] of [batch, 1]; logits of classes as they are."""
    import torch

    if numbers.shape[-1] > 1:
        return numbers
    return torch.cat([torch.zeros_like(numbers), numbers], dim=-1)
