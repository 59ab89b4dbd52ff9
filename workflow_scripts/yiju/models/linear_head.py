"""The linear head of a pair model: the vector that it reads, and what the layer before it reads.

Both are found while the model computes, and checked by their numbers: a layer is the head when it makes the model's
outputs of one vector a pair, and a layer is the one before it when the vector is an activation of its output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from yiju.base.errors import YijuError
from yiju.models.scorer import Scorer
from yiju.models.scorers.classifier import Classifier
from yiju.models.tokens import Batch, TokenizedPairs, by_length

# Activations whose derivative is known from their value: what it is of values x, numpy or torch.
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"tanh": torch.tanh, "relu": torch.relu, "identity": lambda x: x}
# Two ways to the same numbers differ by rounding.
RELATIVE, ABSOLUTE = 1e-3, 1e-4
NO_HEAD = "training pairs are looked for with a head that is a linear layer on one vector a pair; "


class Read(NamedTuple):
    """Of pairs: `vectors`, float32 [pairs, width], that the head reads; `inputs`, float32 [pairs, inputs], of the layer
    before it, of no columns where no such layer is known."""

    vectors: np.ndarray
    inputs: np.ndarray


@dataclass
class _Seen:
    """What layers took and gave in one pass, in their order."""

    calls: list[tuple[nn.Linear, Tensor, Tensor]] = field(default_factory=list)

    def hear(self, layer: nn.Linear, taken: tuple[Tensor, ...], given: Tensor) -> None:
        self.calls.append((layer, taken[0], given))


@dataclass(frozen=True)
class LinearHead:
    """The head of a scorer. weight: float32 [outputs, width]; bias: float32 [outputs]; activation: a name of
    ACTIVATIONS, that between the layer before and the head, None where no such layer is known."""

    scorer: Scorer
    layer: nn.Linear
    before: nn.Linear | None
    activation: str | None

    @property
    def weight(self) -> np.ndarray:
        return self.layer.weight.detach().float().cpu().numpy()

    @property
    def bias(self) -> np.ndarray:
        found = self.layer.bias
        return np.zeros(len(self.layer.weight), np.float32) if found is None else found.detach().float().cpu().numpy()

    @property
    def biases(self) -> tuple[bool, bool]:
        """Whether the head has a bias, and the layer before it."""
        return self.layer.bias is not None, self.before is not None and self.before.bias is not None

    @property
    def sizes(self) -> tuple[int, int]:
        """Width of the vectors, and of the inputs of the layer before (0 where none is known)."""
        return self.layer.in_features, 0 if self.before is None else self.before.in_features

    def read(self, pairs: TokenizedPairs, batch_tokens: int) -> Iterator[tuple[np.ndarray, Read]]:
        """Rows of the pairs in batches of so many padded tokens, and what is read of them."""
        watched = [self.layer] if self.before is None else [self.layer, self.before]
        with self.scorer.evaluating(), torch.inference_mode():
            for rows in by_length(pairs.lengths, batch_tokens):
                batch = pairs.batch(rows).to(self.scorer.device)
                calls, _ = _passed(self.scorer, batch, watched)
                known = {id(layer): taken for layer, taken, _ in calls}
                vectors = _numbers(one_each(known[id(self.layer)], batch))
                none = np.zeros((len(rows), 0), np.float32)
                yield rows, Read(vectors, none if self.before is None else _numbers(known[id(self.before)]))


def linear_head(scorer: Scorer, pairs: TokenizedPairs) -> LinearHead:
    """The head of a scorer. pairs: a few, to find it with.

    Raises YijuError for a family without one, by name, and for a model whose outputs are not made by one linear layer.
    """
    check_family(scorer)
    assert scorer.model is not None
    layers = [layer for layer in scorer.model.modules() if isinstance(layer, nn.Linear)]
    with scorer.evaluating(), torch.inference_mode():
        batch = pairs.batch(np.arange(min(len(pairs), 4))).to(scorer.device)
        calls, outputs = _passed(scorer, batch, layers)
        for layer, taken, _ in reversed(calls):
            vectors = one_each(taken, batch)
            if vectors is not None and layer.out_features == outputs.shape[1] and _near(layer(vectors), outputs):
                return LinearHead(scorer, layer, *_before(vectors, calls))
    raise YijuError(f"{NO_HEAD}this {type(scorer.model).__name__} makes its outputs otherwise")


def check_family(scorer: Scorer) -> None:
    """Raise YijuError for a model of a family without a linear head, by name."""
    if not isinstance(scorer, Classifier) or scorer.model is None:
        raise YijuError(f"{NO_HEAD}a {scorer.family} has none")


def one_each(taken: Tensor, batch: Batch) -> Tensor | None:
    """One vector a pair of what a layer took: of one that takes every token, that of the last one; else None."""
    if taken.ndim == 2 and len(taken) == len(batch.input_ids):
        return taken
    if taken.ndim != 3 or taken.shape[:2] != batch.input_ids.shape:
        return None
    return taken[torch.arange(len(taken), device=taken.device), batch.attention_mask.sum(1) - 1]


def _before(vectors: Tensor, calls: list[tuple[nn.Linear, Tensor, Tensor]]) -> tuple[nn.Linear | None, str | None]:
    """The layer whose output, activated, is what the head reads, and the name of the activation."""
    for layer, taken, given in reversed(calls):
        if taken.ndim == 2 and given.shape == vectors.shape:
            for name, activation in ACTIVATIONS.items():
                if _near(activation(given), vectors):
                    return layer, name
    return None, None


def _passed(
    scorer: Scorer, batch: Batch, layers: list[nn.Linear]
) -> tuple[list[tuple[nn.Linear, Tensor, Tensor]], Tensor]:
    """What these layers took and gave of a batch, and the model's outputs, [batch, outputs]."""
    seen = _Seen()
    assert scorer.model is not None
    with _heard(layers, seen.hear):
        outputs = scorer.model(**batch.inputs()).logits
    return seen.calls, outputs


@contextmanager
def _heard(layers: list[nn.Linear], hear: Callable[..., None]) -> Iterator[None]:
    handles = [layer.register_forward_hook(partial(hear)) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _near(found: Tensor, wanted: Tensor) -> bool:
    return found.shape == wanted.shape and torch.allclose(found.float(), wanted.float(), RELATIVE, ABSOLUTE)


def _numbers(found: Tensor | None) -> np.ndarray:
    assert found is not None, "the head was found with such a batch"
    return found.float().cpu().numpy()
