"""Attention rollout: how much of each token reaches [CLS] through all layers; no label is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from yiju.config.method import Method

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

    from yiju.explain.subject import Subject, TokenScores
    from yiju.models.scorer import Scorer
    from yiju.models.tokens import Batch, TokenizedPairs

METHOD = Method(
    title="Attention rollout",
    summary="where attention flows from; knows no label and no direction",
    chinese=("注意力流", "注意力从哪里来；与标签和方向无关"),
    source="Abnar and Zuidema 2020",
    passes=lambda options, length: 1,
    signed=False,
)


def supports(scorer: Scorer) -> str | None:
    from yiju.explain.layers import why_not_like_bert

    return why_not_like_bert("attention_rollout", scorer)


def attribute(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray, options: dict) -> TokenScores:
    """Score tokens by the row of [CLS] in the product over layers of (A + I) / 2, A the mean over heads.

    Abnar and Zuidema 2020. The scores of a pair sum to 1, special tokens included, and are the same for both labels.
    """
    from yiju.explain.subject import TokenScores

    return TokenScores(
        subject.per_batch(pairs, labels, lambda batch, chosen: rollout(mean_attention(subject.model, batch)))
    )


def rollout(layers: Sequence[Tensor]) -> Tensor:
    """What reaches the first token, [batch, tokens], from attention by layer, [batch, tokens, tokens] each."""
    import torch

    reach = torch.zeros_like(layers[0][:, :1])
    reach[..., 0] = 1
    for attention in reversed(layers):
        reach = (reach @ attention + reach) / 2
    return reach[:, 0]


def mean_attention(model: PreTrainedModel, batch: Batch) -> list[Tensor]:
    """Attention weights by layer, mean over heads: [batch, tokens, tokens] each, a row sums to 1."""
    import torch

    from yiju.explain.layers import bert_layers

    seen: list[Tensor] = []
    handles = []
    try:
        for layer in bert_layers(model):
            attention = layer.get_submodule("attention.self")
            handles.append(attention.register_forward_hook(lambda module, args, output: seen.append(output[1].mean(1))))
        with torch.no_grad(), _weights_kept(model):
            model(**batch.inputs())
    finally:
        for handle in handles:
            handle.remove()
    return seen


@contextmanager
def _weights_kept(model: PreTrainedModel) -> Iterator[None]:
    """Attention that says its weights, which the faster implementations do not, for the length of the block."""
    before = model.config._attn_implementation
    model.set_attn_implementation("eager")
    try:
        yield
    finally:
        model.set_attn_implementation(before)
