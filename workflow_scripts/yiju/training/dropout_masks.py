"""Dropout under several masks at a time, for multi-sample dropout."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


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
        masked = (functional.dropout(pooled, self.share) for _ in range(self.samples))
        return sum(masked, torch.zeros_like(pooled)) / self.samples
