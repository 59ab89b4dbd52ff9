"""Value zeroing: how much of each token is mixed into [CLS] through all layers; knows no label and no direction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from yiju.config.method import Method

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers import PreTrainedModel

    from yiju.explain.subject import Subject, TokenScores
    from yiju.models.scorer import Scorer
    from yiju.models.tokens import Batch, TokenizedPairs

METHOD = Method(
    title="Value zeroing",
    summary="what each character adds to others, layer by layer; knows no label and no direction",
    chinese=("值向量置零", "逐层看每个字给其他字带来多少；与标签和方向无关"),
    source="Mohebbi 2023",
    # As many more passes, a layer at a time, as there are tokens.
    passes=lambda options, length: 1 + length,
    signed=False,
)


def supports(scorer: Scorer) -> str | None:
    from yiju.explain.layers import why_not_like_bert

    return why_not_like_bert("value_zeroing", scorer)


def attribute(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray, options: dict) -> TokenScores:
    """Score tokens by the row of [CLS] in the product over layers of how tokens are mixed (Mohebbi 2023).

    In a layer, token j is mixed into token i by the cosine distance of i's output from what it is when j's value vector
    is zero in all heads, the layer's input and all else as they were; these are divided by their sum over j. The
    residual is part of the layer, so nothing is added for it. The scores of a pair sum to 1, special tokens included,
    and are the same for both labels.
    """
    from yiju.explain.subject import TokenScores

    return TokenScores(subject.per_batch(pairs, labels, lambda batch, chosen: rollout(mixing(subject, batch))))


def rollout(layers: Sequence[Tensor]) -> Tensor:
    """What reaches the first token, [batch, tokens], from mixing by layer, [batch, tokens, tokens] each.

    Of the last layer the first row is enough.
    """
    reach = layers[-1][:, :1]
    for mixed in reversed(layers[:-1]):
        reach = reach @ mixed
    return reach[:, 0]


def mixing(subject: Subject, batch: Batch) -> list[Tensor]:
    """How much of each token is mixed into each by layer: [batch, tokens, tokens] each, a row sums to 1."""
    import torch

    with torch.no_grad():
        return [_mixing(subject, batch, call) for call in _calls(subject.model, batch)]


@dataclass(frozen=True)
class _Call:
    """A layer, what it was given and what it gave: [batch, tokens, width], or only the first token."""

    layer: nn.Module
    given: tuple
    named: dict[str, Any]
    output: Tensor

    def again(self, rows: Tensor) -> Tensor:
        """The output for some rows of the batch."""
        given = [_rows(one, rows, len(self.output)) for one in self.given]
        return _states(self.layer(*given, **{n: _rows(one, rows, len(self.output)) for n, one in self.named.items()}))


def _calls(model: PreTrainedModel, batch: Batch) -> list[_Call]:
    """What the layers compute for a batch, from the first to the last."""
    from yiju.explain.layers import bert_layers

    seen: list[_Call] = []

    def keep(layer: nn.Module, given: tuple, named: dict, output: Any) -> None:
        seen.append(_Call(layer, given, named, _states(output)))

    handles = []
    try:
        for layer in bert_layers(model):
            handles.append(layer.register_forward_hook(keep, with_kwargs=True))
        model(**batch.inputs())
    finally:
        for handle in handles:
            handle.remove()
    return seen


def _mixing(subject: Subject, batch: Batch, call: _Call) -> Tensor:
    import torch
    from torch.nn.functional import normalize

    from yiju.explain.paths import passes

    count, length = batch.input_ids.shape
    distances = call.output.new_zeros(count, length, call.output.shape[1])
    whole = normalize(call.output, dim=-1)
    for points in passes(subject, batch, count * length):
        pair, token = points // length, points % length
        with _zeroed(call.layer, token):
            without = normalize(call.again(pair), dim=-1)
        # One less the cosine, without the rounding of two numbers that are nearly equal.
        distances[pair, token] = (without - whole[pair]).pow(2).sum(-1) / 2
    distances = distances.transpose(1, 2) * batch.attention_mask[:, None]
    return distances / distances.sum(-1, keepdim=True).clamp_min(torch.finfo(distances.dtype).tiny)


@contextmanager
def _zeroed(layer: nn.Module, tokens: Tensor) -> Iterator[None]:
    """For the length of the block the value vector of one token of each row, [rows], is zero."""

    def zero(module: nn.Module, given: tuple, values: Tensor) -> Tensor:
        import torch

        values = values.clone()
        values[torch.arange(len(tokens), device=values.device), tokens] = 0
        return values

    handle = layer.get_submodule("attention.self.value").register_forward_hook(zero)
    try:
        yield
    finally:
        handle.remove()


def _rows(value: Any, rows: Tensor, count: int) -> Any:
    """Some rows of what has one for each pair of a batch of `count`; anything else as it is."""
    from torch import Tensor

    return value[rows] if isinstance(value, Tensor) and value.ndim and len(value) == count else value


def _states(output: Any) -> Tensor:
    return output[0] if isinstance(output, tuple) else output
