"""Multi-sample dropout: several masks on the pooled vector, one classifier; what is saved is a stock model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel


class SeveralMasks(nn.Module):
    """Dropout whose output is the mean under several masks.

    The classifier is linear: its logits for the mean are the mean of its logits for each mask (Inoue 2019).
    """

    def __init__(self, share: float, samples: int) -> None:
        super().__init__()
        self.share, self.samples = share, samples

    def forward(self, pooled: Tensor) -> Tensor:
        if not self.training:
            return pooled
        return sum(functional.dropout(pooled, self.share) for _ in range(self.samples)) / self.samples


@contextmanager
def several_masks(classifier: PreTrainedModel, samples: int, combine: str) -> Iterator[None]:
    """Train `classifier`, a BERT with a linear head, under `samples` dropout masks for the length of the block.

    combine: `mean` or `sum` of the logits of all masks. A sum makes the logits, in evaluation too, `samples` times
    those of the head; at the end of the block weight and bias take the factor over, and the model is stock again.
    """
    head, plain = classifier.classifier, classifier.dropout
    factor = samples if combine == "sum" else 1

    def scaled(module: nn.Module, args: tuple[Tensor], _: Tensor) -> Tensor:
        # Not the output times the factor: what is evaluated is then to the bit what will be saved.
        return functional.linear(args[0], module.weight * factor, module.bias * factor)

    classifier.dropout = SeveralMasks(plain.p, samples).train(classifier.training)
    handle = head.register_forward_hook(scaled)
    try:
        yield
    finally:
        handle.remove()
        classifier.dropout = plain
    with torch.no_grad():
        head.weight.mul_(factor)
        head.bias.mul_(factor)
