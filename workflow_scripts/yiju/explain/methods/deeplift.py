"""DeepLIFT, signed: differences from a baseline carried back through BERT by finite slopes, not derivatives."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from transformers import BertForSequenceClassification, PreTrainedModel
from transformers.models.bert.modeling_bert import BertLayer, BertSelfAttention

from yiju.explain.embeddings import embedding_output
from yiju.explain.layers import why_no_bert
from yiju.explain.multipliers import Both, add, affine, layer_norm, log_softmax, product, rescale, softmax
from yiju.explain.paths import baseline_output, blanked
from yiju.explain.subject import Subject, TokenScores
from yiju.models.tokens import Batch, Sequences

# Values at input and baseline, their slopes, and the products' halves.
COPIES = 4


def supports(model: PreTrainedModel) -> str | None:
    return why_no_bert("deeplift", model)


def attribute(subject: Subject, pairs: Sequences, labels: np.ndarray, options: dict) -> TokenScores:
    """Score tokens by the sum over the width of (x - x0) * multiplier (Shrikumar 2017).

    x: the embedding layer's output; x0: as for integrated gradients (`baseline`). Elementwise functions follow the
    rescale rule; products, layer normalisation and softmax, of which the paper does not speak, rules as exact: see
    `yiju.explain.multipliers`. The scores of all tokens, special ones included, sum to log p(x) - log p(x0) but
    for rounding, which is `gap`.
    """
    blank, gap = blanked(subject, pairs, options["baseline"]), np.empty(len(pairs))

    def score(batch: Batch, chosen: Tensor) -> Tensor:
        output, start = embedding_output(subject.model, batch), baseline_output(subject, blank, batch)
        scores, difference = lift(subject.model, batch.attention_mask, chosen, output, start)
        gap[batch.rows] = (scores.double().sum(-1) - difference).cpu().numpy()
        return scores

    return TokenScores(subject.per_batch(pairs, labels, score, copies=COPIES), gap)


def lift(
    model: BertForSequenceClassification, mask: Tensor, labels: Tensor, output: Tensor, start: Tensor
) -> tuple[Tensor, Tensor]:
    """Token scores [batch, tokens] and log p(label) at `output` less that at `start`, float64 [batch].

    mask: 1 for what is no padding, [batch, tokens]; labels: [batch]; output, start: [batch, tokens, width].
    """
    leaf = output.detach().requires_grad_(True)
    with torch.enable_grad():
        judged = affine(lambda logs: logs.gather(1, labels[:, None])[:, 0], _judge(model, mask, Both(leaf, start)))
    multipliers = torch.autograd.grad(judged.input.sum(), leaf)[0]
    return (multipliers * (output - start)).sum(-1), (judged.input.double() - judged.baseline.double()).detach()


def _judge(model: BertForSequenceClassification, mask: Tensor, hidden: Both) -> Both:
    """log p of both labels, [batch, 2]."""
    visible = mask[:, None, None, :].bool()
    for layer in model.bert.encoder.layer:
        hidden = _layer(layer, visible, hidden)
    first = affine(lambda states: model.bert.pooler.dense(states[:, 0]), hidden)
    return log_softmax(affine(model.classifier, rescale(model.bert.pooler.activation, first)))


def _layer(layer: BertLayer, visible: Tensor, hidden: Both) -> Both:
    attended = affine(layer.attention.output.dense, _attention(layer.attention.self, visible, hidden))
    hidden = layer_norm(layer.attention.output.LayerNorm, add(attended, hidden))
    inner = rescale(layer.intermediate.intermediate_act_fn, affine(layer.intermediate.dense, hidden))
    return layer_norm(layer.output.LayerNorm, add(affine(layer.output.dense, inner), hidden))


def _attention(attention: BertSelfAttention, visible: Tensor, hidden: Both) -> Both:
    def heads(projection: torch.nn.Linear) -> Both:
        return affine(
            lambda states: projection(states).unflatten(-1, (attention.num_attention_heads, -1)).transpose(1, 2), hidden
        )

    keys = affine(lambda states: states.transpose(-1, -2) * attention.scaling, heads(attention.key))
    agreement = product(torch.matmul, heads(attention.query), keys)
    hide = torch.finfo(agreement.baseline.dtype).min
    weights = softmax(affine(lambda scores: scores.masked_fill(~visible, hide), agreement))
    mixed = product(torch.matmul, weights, heads(attention.value))
    return affine(lambda states: states.transpose(1, 2).flatten(2), mixed)
