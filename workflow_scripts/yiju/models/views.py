"""Views of a model: module trees of their own that compute with its very weights, so that many threads may use it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import TypeVar

from torch import Tensor, nn

Module = TypeVar("Module", bound=nn.Module)


def view_of(model: Module) -> Module:
    """A copy of the module tree and the configuration of `model`, in evaluation mode, on the same weights.

    Weights and buffers share their memory with those of the model. Hooks, modes, the kind of attention and whether
    weights need gradients are the view's own: what is set there is not set on the model, and the other way round.
    """
    shared: dict[int, object] = {id(weight): _own_parameter(weight) for weight in model.parameters()}
    shared |= {id(buffer): buffer for buffer in model.buffers()}
    return copy.deepcopy(model, shared).eval()


class Views:
    """Views of one model for several threads: each computation takes one that nobody else has at that time.

    prepare: what is done to every new view once. The model itself is never changed. Where its weights were replaced
    (moved to another device, or a layer exchanged), the next computation gets a view of what it is then.
    """

    def __init__(self, model: nn.Module, prepare: Callable[[nn.Module], object]) -> None:
        self._model, self._prepare = model, prepare
        # A pair of weights and view; appending and popping are atomic, so no lock is needed.
        self._free: list[tuple[list[tuple[Tensor, int]], nn.Module]] = []

    @contextmanager
    def taken(self) -> Iterator[nn.Module]:
        """A view for the length of the block. One that an exception may have left with a hook is not used again."""
        weights = [(weight, weight.data_ptr()) for weight in chain(self._model.parameters(), self._model.buffers())]
        view = self._found(weights) or self._made()
        yield view
        self._free.append((weights, view))

    def _found(self, weights: list[tuple[Tensor, int]]) -> nn.Module | None:
        while self._free:
            try:
                known, view = self._free.pop()
            except IndexError:
                return None
            if _same(known, weights):
                return view
        return None

    def _made(self) -> nn.Module:
        view = view_of(self._model)
        self._prepare(view)
        return view


def _own_parameter(weight: nn.Parameter) -> nn.Parameter:
    return nn.Parameter(weight.detach()) if weight.requires_grad else weight


def _same(known: list[tuple[Tensor, int]], weights: list[tuple[Tensor, int]]) -> bool:
    pairs = zip(known, weights, strict=False)
    return len(known) == len(weights) and all(a is b and at == place for (a, at), (b, place) in pairs)
