"""R-Drop: two passes under different dropout are asked to agree."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def divergence(first: Tensor, second: Tensor) -> Tensor:
    """Symmetric divergence of the two predictions p and q of every pair: (KL(p||q) + KL(q||p)) / 2, mean over labels.

    first, second: logits [batch, labels]. Returns [batch]: its mean over pairs, of whatever batches, is the published
    one, in which each KL is averaged over all elements of the logits (Liang 2021, R-Drop).
    """
    log_p, log_q = (functional.log_softmax(logits, dim=-1) for logits in (first, second))
    # KL(p||q) + KL(q||p) is the sum of (p - q)(log p - log q).
    return ((log_p.exp() - log_q.exp()) * (log_p - log_q)).mean(-1) / 2
