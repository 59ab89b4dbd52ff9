"""FGM and PGD: word embeddings moved along their gradient for further, adversarial backward passes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Pgd:
    """Projected gradient descent: `steps` moves of length `alpha` within a ball of radius `epsilon`."""

    steps: int
    alpha: float
    epsilon: float


@contextmanager
def fgm(weight: nn.Parameter, gradient: Tensor, epsilon: float) -> Iterator[None]:
    """Move `weight` by epsilon * g / ||g||_2 for the length of the block.

    gradient: g, that of `weight` as accumulated so far over all processes. The fast gradient method of Miyato 2017 on
    the whole embedding matrix. The clean weights come back bit for bit.
    """
    with _restored(weight):
        _move(weight, gradient, epsilon)
        yield


def pgd(
    model: nn.Module,
    weight: nn.Parameter,
    attack: Pgd,
    of_all: Callable[[Tensor], Tensor],
    backward: Callable[[bool], object],
) -> None:
    """Add the gradients at the end of K moves of `weight` to those accumulated so far.

    With r = 0 and g the gradient of `weight` as accumulated so far, K times: r = r + alpha * g / ||g||_2, brought back
    to length epsilon where it is longer; `backward` at `weight` + r, whose gradients alone give the next g. Those of
    the first K - 1 passes are discarded. of_all: a gradient of this process as it is over all processes. backward: is
    told whether its pass is the last one. Madry 2018 on the whole embedding matrix, from the clean weights instead of
    a random start. The clean weights come back bit for bit.
    """
    parameters = list(model.parameters())
    gathered = [parameter.grad for parameter in parameters]
    with _restored(weight) as clean:
        moved = torch.zeros_like(clean)
        for step in range(1, attack.steps + 1):
            assert weight.grad is not None, "the clean pass comes first"
            _move(moved, of_all(weight.grad), attack.alpha)
            _project(moved, attack.epsilon)
            with torch.no_grad():
                weight.copy_(clean + moved)
            final = step == attack.steps
            for parameter, gradient in zip(parameters, gathered, strict=True):
                parameter.grad = gradient if final else None
            backward(final)


@contextmanager
def _restored(weight: nn.Parameter) -> Iterator[Tensor]:
    """A copy of `weight`, which is put back at the end, whatever happens."""
    clean = weight.detach().clone()
    try:
        yield clean
    finally:
        with torch.no_grad():
            weight.copy_(clean)


@torch.no_grad()
def _move(point: Tensor, gradient: Tensor, length: float) -> None:
    """Move `point` so far along the gradient, in place."""
    norm = gradient.norm().item()
    # A gradient of zero or beyond all bounds shows no direction: the pass is then a repetition of the one before.
    if 0 < norm < math.inf:
        point.add_(gradient, alpha=length / norm)


def _project(moved: Tensor, radius: float) -> None:
    """Shorten a move that leaves the ball to its surface, in place."""
    length = moved.norm().item()
    if length > radius:
        moved.mul_(radius / length)
