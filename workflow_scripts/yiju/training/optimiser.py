"""AdamW, its weight groups and its learning rate over time."""

from __future__ import annotations

import torch
from torch import nn


def adamw(model: nn.Module, learning_rate: float, weight_decay: float) -> torch.optim.AdamW:
    """AdamW with decay on matrices only: bias and LayerNorm are left alone (Devlin 2019)."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [weight for weight in parameters if weight.ndim > 1], "weight_decay": weight_decay},
        {"params": [weight for weight in parameters if weight.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=learning_rate, fused=True)


def rate_at(update: int, total: int, warmup: float, peak: float) -> float:
    """Learning rate of update `update` (from 0): linear from 0 to `peak` over the warm-up, then linear to 0."""
    rising = int(total * warmup)
    if update < rising:
        return peak * (update + 1) / rising
    return peak * (total - update) / max(1, total - rising)
