"""Weights cut over the processes (FSDP 2, torch's DTensor): what goes with it, and pieces into wholes and back."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, overload

import torch
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor, distribute_tensor

# Where transformers and accelerate look for the classes whose modules become pieces of their own.
PIECES = "_no_split_modules"


class Unsharded:
    """A model before it is cut over the processes, to make it whole again in the same objects afterwards.

    torch cuts in place: other weights, hooks and classes of the modules. A copy would not do instead, as parts of a
    model may be bound to each other by functions.
    """

    def __init__(self, model: nn.Module) -> None:
        """model: still whole; its layers become known to accelerate, which looks for them in the outermost module."""
        parts = list(model.modules())
        setattr(model, PIECES, _layers(parts))
        self.model, self.weights = model, dict(model.named_parameters())
        self.parts = [(part, type(part), _parameters_and_hooks(part)) for part in parts]

    def empty(self, device: torch.device) -> None:
        """Let the weights go that have been cut."""
        for weight in self.weights.values():
            weight.data = torch.empty(0, dtype=weight.dtype, device=device)

    def give_back(self) -> None:
        """Make the model whole again, on the CPU. Every process calls it."""
        for name, weight in self.model.named_parameters():
            self.weights[name].data = gathered(weight, keep=True)
        for part, kind, attributes in self.parts:
            part.__class__ = kind
            vars(part).update(attributes)


def _layers(parts: list[nn.Module]) -> list[str]:
    """The classes whose modules become pieces of their own, as transformers names them.

    Not those with a weight that others have too (a language model's embedding is its decoder): one piece holds that.
    """
    holders = Counter(weight for part in parts for weight in part._parameters.values() if weight is not None)
    named = {name for part in parts for name in getattr(part, PIECES, None) or ()}
    tied = {type(part).__name__ for part in parts if any(holders[weight] > 1 for weight in part.parameters())}
    return sorted(named & {type(part).__name__ for part in parts} - tied)


def _parameters_and_hooks(part: nn.Module) -> dict[str, object]:
    return {key: copy.copy(value) for key, value in vars(part).items() if key == "_parameters" or "_hooks" in key}


@contextmanager
def callable_parts(model: nn.Module) -> Iterator[None]:
    """For the length of the block parts of a sharded model can be called, not only the whole.

    What layers hold they gather themselves; what lies around them only the model would.
    """
    if not isinstance(model, FSDPModule):
        yield
        return
    model.unshard()
    try:
        yield
    finally:
        model.reshard()


@overload
def gathered(value: Tensor, keep: Literal[True]) -> Tensor: ...
@overload
def gathered(value: Tensor, keep: bool) -> Tensor | None: ...
def gathered(value: Tensor, keep: bool) -> Tensor | None:
    """The whole of a tensor, on the CPU if it was sharded; None where it is not to be kept.

    Every process calls it, in the same order, and only those that write keep more than one at a time.
    """
    if isinstance(value, DTensor):
        with torch.no_grad():
            whole = value.full_tensor()
        return whole.cpu() if keep else None
    return value.detach() if keep else None


def like(value: Tensor, parameter: Tensor) -> Tensor:
    """A whole tensor cut as the parameter is, on its device; as it is where that is whole."""
    if isinstance(parameter, DTensor) and value.shape == parameter.shape:
        mesh = parameter.device_mesh
        # Every process has read the same file: nobody needs to be sent anything.
        return distribute_tensor(value.to(parameter.device), mesh, parameter.placements, src_data_rank=None)
    return value.to(parameter.device)
