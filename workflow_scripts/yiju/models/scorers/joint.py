"""Models of transformers that read both texts in one input: what classifiers and decoders have in common."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field

from torch import Tensor, nn
from transformers import PreTrainedModel
from typing_extensions import override

from yiju.models.embedding_layer import captured, replaced
from yiju.models.scorer import Scorer
from yiju.models.stock import tell_no_sides
from yiju.models.tokens import Batch


@dataclass(frozen=True)
class JointScorer(Scorer):
    """A model of one input, which gradients reach at the output of its embedding layer."""

    model: PreTrainedModel = field()

    @abstractmethod
    def outputs_of(self, batch: Batch) -> Tensor:
        """Outputs of a batch, [batch, classes]."""

    @override
    def embedding_output(self, batch: Batch) -> Tensor:
        return captured(self.model, batch)

    @override
    def outputs_at(self, batch: Batch, output: Tensor) -> Tensor:
        with replaced(self.model, output):
            return self.outputs_of(batch)

    @override
    def prepare(self, model: nn.Module) -> None:
        assert isinstance(model, PreTrainedModel), "a view of this family's model"
        tell_no_sides(model)
