"""GIM, signed: gradient times input, of which a backward pass does not hide what attention would make up for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yiju.base.types import Baseline
from yiju.config.method import Method, gradients
from yiju.config.section import Section

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers import BertForSequenceClassification
    from transformers.models.bert.modeling_bert import BertCrossAttention, BertLayer, BertSelfAttention

    from yiju.explain.subject import Subject, TokenScores
    from yiju.models.scorer import Scorer
    from yiju.models.tokens import Batch, TokenizedPairs


class Options(Section):
    baseline: Baseline = "mask"


METHOD = Method(
    title="GIM",
    summary="gradient × input; attention does not hide what it would make up for",
    chinese=("GIM", "梯度 × 输入；不让注意力的自我补偿掩盖作用"),
    source="Edin 2025",
    options=Options,
    passes=gradients,
)
# The softmax of attention is differentiated at this temperature.
TEMPERATURE = 2.0
# A product of two hands half of its gradient to each; query and key are two products away.
QUERY, KEY, VALUE = 0.25, 0.25, 0.5


def supports(scorer: Scorer) -> str | None:
    from yiju.explain.layers import why_no_bert

    return why_no_bert("gim", scorer)


def attribute(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray, options: dict) -> TokenScores:
    """Score tokens by the sum over the width of (x - x0) * modified gradient at x (Edin 2025).

    x: the embedding layer's output; x0: as for integrated gradients (`baseline`). The model computes as it does, and
    its gradient is modified: attention's softmax is differentiated at temperature 2, so that what one score loses and
    others gain does not hide it; the standard deviations of layer normalisation count as constants; gradients are
    halved at each product of two, of attention weights and values and of queries and keys.
    """
    import torch

    from yiju.explain.embeddings import embedding_output
    from yiju.explain.layers import bert_classifier
    from yiju.explain.paths import baseline_output, blanked
    from yiju.explain.subject import TokenScores
    from yiju.models.scorer import widened

    blank, model = blanked(subject, pairs, options["baseline"]), bert_classifier(subject)

    def score(batch: Batch, chosen: Tensor) -> Tensor:
        output, start = embedding_output(subject, batch), baseline_output(subject, blank, batch)
        leaf = output.detach().requires_grad_(True)
        with torch.enable_grad():
            outputs = widened(modified_logits(model, batch.attention_mask, leaf))
            judged = subject.score_of(outputs, chosen)
        return (torch.autograd.grad(judged.sum(), leaf)[0] * (output - start)).sum(-1)

    return TokenScores(subject.per_batch(pairs, labels, score))


def modified_logits(model: BertForSequenceClassification, mask: Tensor, states: Tensor) -> Tensor:
    """Logits, [batch, 2], as the model's own, with the modified gradient.

    mask: 1 for what is no padding, [batch, tokens]; states: of the embedding layer, [batch, tokens, width].
    """
    from yiju.explain.layers import own_layers, pooler_of

    visible = mask[:, None, None, :].bool()
    for layer in own_layers(model):
        states = _layer(layer, visible, states)
    pooler = pooler_of(model)
    return model.classifier(pooler.activation(pooler.dense(states[:, 0])))


def softmax(scores: Tensor) -> Tensor:
    """Softmax over the last axis, differentiated at TEMPERATURE, without its factor 1 / TEMPERATURE."""
    from yiju.explain.multipliers import carry

    softer = (scores.detach() / TEMPERATURE).softmax(-1)
    return carry(scores.detach().softmax(-1), softer * (scores - (softer * scores).sum(-1, keepdim=True)))


def layer_norm(module: nn.LayerNorm, states: Tensor) -> Tensor:
    """Layer normalisation over the last axis, its standard deviation a constant."""
    centred = states - states.mean(-1, keepdim=True)
    deviation = (centred.detach().pow(2).mean(-1, keepdim=True) + module.eps).sqrt()
    return centred / deviation * module.weight + module.bias


def _layer(layer: BertLayer, visible: Tensor, states: Tensor) -> Tensor:
    attended, output = layer.attention.output, layer.output
    states = layer_norm(attended.LayerNorm, attended.dense(_attention(layer.attention.self, visible, states)) + states)
    return layer_norm(output.LayerNorm, output.dense(layer.intermediate(states)) + states)


def _attention(attention: BertSelfAttention | BertCrossAttention, visible: Tensor, states: Tensor) -> Tensor:
    import torch

    from yiju.explain.multipliers import carry

    def heads(projection: nn.Linear, share: float) -> Tensor:
        found = projection(states)
        return carry(found.detach(), share * found).unflatten(-1, (attention.num_attention_heads, -1)).transpose(1, 2)

    query, key = heads(attention.query, QUERY), heads(attention.key, KEY)
    scores = (query @ key.transpose(-1, -2)) * attention.scaling
    weights = softmax(scores.masked_fill(~visible, torch.finfo(scores.dtype).min))
    return (weights @ heads(attention.value, VALUE)).transpose(1, 2).flatten(2)
