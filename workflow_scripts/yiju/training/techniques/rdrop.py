"""R-Drop: two passes under different dropout are asked to agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from yiju.config.section import Positive
from yiju.config.technique import Switch, Technique

if TYPE_CHECKING:
    from torch import Tensor


class Options(Switch):
    enabled: bool = Field(False, description="On or off; doubles the time of an update.")
    alpha: Positive = Field(1.0, description="Weight of their divergence.")


TECHNIQUE = Technique(
    title="R-Drop",
    description="R-Drop: two forward passes under other dropout, drawn together.",
    options=Options,
)


def divergence(first: Tensor, second: Tensor) -> Tensor:
    """Symmetric divergence of the two predictions p and q of every pair: (KL(p||q) + KL(q||p)) / 2, mean over labels.

    first, second: logits [batch, labels]. Returns [batch]: its mean over pairs, of whatever batches, is the published
    one, in which each KL is averaged over all elements of the logits (Liang 2021, R-Drop).
    """
    from torch.nn import functional

    log_p, log_q = (functional.log_softmax(logits, dim=-1) for logits in (first, second))
    # KL(p||q) + KL(q||p) is the sum of (p - q)(log p - log q).
    return ((log_p.exp() - log_q.exp()) * (log_p - log_q)).mean(-1) / 2
