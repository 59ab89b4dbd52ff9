"""EMA: a moving average of the weights, evaluated and kept in place of the weights that learn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from yiju.config.technique import Switch, Technique

if TYPE_CHECKING:
    from torch import Tensor, nn


class Options(Switch):
    decay: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.999,
        description="Share of the average that stays at each update. It rises to this value: after n updates it is at "
        "most (1 + n) / (10 + n), so that the weights of the start are soon forgotten.",
    )


TECHNIQUE = Technique(
    title="moving average of the weights",
    description="Moving average of the weights, which is evaluated and kept.",
    options=Options,
    whole_weights=True,
)


def begin(model: nn.Module, decay: float | None) -> dict[str, Tensor]:
    """The average before the first update: a copy of every weight, by name; empty (no average kept) without a decay."""
    return {name: weight.detach().clone() for name, weight in model.named_parameters()} if decay else {}


def follow(shadow: dict[str, Tensor], model: nn.Module, decay: float | None, update: int) -> None:
    """After an update (0 is the first): shadow = share * shadow + (1 - share) * weights; nothing if none is kept.

    The average of Polyak and Juditsky 1992; its share is `share_at`.
    """
    from torch.optim.swa_utils import get_ema_multi_avg_fn

    if decay is not None and shadow:
        weights = dict(model.named_parameters())
        own = [weights[name].detach() for name in shadow]
        get_ema_multi_avg_fn(share_at(update, decay))(list(shadow.values()), own, 0)


def share_at(update: int, decay: float) -> float:
    """Share of the average that stays at an update.

    It begins low, as in TensorFlow's ExponentialMovingAverage with num_updates: with .999 from the first update on, a
    training of 400 updates would still be two thirds the weights that it began with.
    """
    return min(decay, (1 + update) / (10 + update))


@contextmanager
def averaged(shadow: dict[str, Tensor], model: nn.Module) -> Iterator[None]:
    """The model with the averaged weights for the length of the block; both come back bit for bit.

    Within the block `shadow` holds the weights that learn, so that only one tensor at a time lies in memory thrice.
    """
    exchange(shadow, model)
    try:
        yield
    finally:
        exchange(shadow, model)


def exchange(shadow: dict[str, Tensor], model: nn.Module) -> None:
    """Put the average into the model and the model's weights where the average was."""
    weights = {name: weight.detach() for name, weight in model.named_parameters()}
    for name, average in shadow.items():
        learning = weights[name].clone()
        weights[name].copy_(average)
        average.copy_(learning)
