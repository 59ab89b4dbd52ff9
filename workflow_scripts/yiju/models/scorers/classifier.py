"""Classifiers and cross-encoders: both texts in one input, a logit for each class or one number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase
from typing_extensions import override

from yiju.models.activation import activation_of
from yiju.models.inference import first_token_only, predict_logits
from yiju.models.outputs import two_outputs
from yiju.models.scorer import SINGLE, widened
from yiju.models.scorers.joint import JointScorer
from yiju.models.stock import longest_of
from yiju.models.template import Template, template_of
from yiju.models.tokens import Batch, TokenizedPairs


@dataclass(frozen=True)
class Classifier(JointScorer):
    """A transformers model for sequence classification of at least two labels."""

    family: ClassVar[str] = "classifier"

    @override
    def predict(self, pairs: TokenizedPairs, batch_tokens: int) -> np.ndarray:
        return two_outputs(predict_logits(self.model, pairs, batch_tokens))

    @override
    def outputs_of(self, batch: Batch) -> Tensor:
        return widened(self.model(**batch.inputs()).logits)

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        with super().evaluating(), first_token_only(self.model):
            yield


@dataclass(frozen=True)
class CrossEncoder(Classifier):
    """A model for sequence classification of one label: a reranker, whose logit is its score.

    activation: what sentence-transformers makes of the logit.
    """

    activation: nn.Module = field(default_factory=nn.Sigmoid, kw_only=True)
    single: ClassVar[bool] = True
    family: ClassVar[str] = "cross-encoder"


def classifier_of(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    template: Template | None = None,
    library: Mapping[str, Any] | None = None,
) -> Classifier:
    """The scorer of a model for sequence classification. Raises YijuError for a tokeniser that writes no pairs.

    template: how it reads pairs, by default as its tokeniser writes them; library: what the folder says to
    sentence-transformers.
    """
    parts = (model, tokenizer, template or template_of(tokenizer), longest_of(model, tokenizer), classes_of(model))
    if model.config.num_labels == 1:
        return CrossEncoder(*parts, activation=activation_of(model.config, library or {}))
    return Classifier(*parts)


def classes_of(model: PreTrainedModel) -> tuple[str, ...]:
    """Names of the classes: those of the config; what two labels mean, and one number, is yiju's own."""
    count = int(model.config.num_labels or 0)
    if count <= 2:
        return SINGLE
    names: dict = model.config.id2label or {}
    return tuple(str(names.get(number, number)) for number in range(count))
