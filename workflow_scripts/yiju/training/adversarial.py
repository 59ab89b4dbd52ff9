"""FGM: word embeddings moved along their gradient for a second, adversarial backward pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def fgm(weight: nn.Parameter, epsilon: float) -> Iterator[None]:
    """Move `weight` by epsilon * g / ||g||_2 for the length of the block, g its gradient as accumulated so far.

    The fast gradient method of Miyato 2017 on the whole embedding matrix. The clean weights come back bit for bit.
    """
    clean = weight.detach().clone()
    norm = weight.grad.norm()
    with torch.no_grad():
        # A gradient of zero or beyond all bounds shows no direction: the pass is then a repetition of the clean one.
        if torch.isfinite(norm) and norm > 0:
            weight.add_(weight.grad, alpha=epsilon / norm.item())
    try:
        yield
    finally:
        with torch.no_grad():
            weight.copy_(clean)
