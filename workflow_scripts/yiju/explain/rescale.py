"""DeepLIFT's pass through a BERT classifier: differences carried back by the rules of `yiju.explain.multipliers`."""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import BertForSequenceClassification
from transformers.models.bert.modeling_bert import BertCrossAttention, BertLayer, BertSelfAttention

from yiju.explain.layers import bert_classifier, own_layers, pooler_of
from yiju.explain.multipliers import Both, add, affine, layer_norm, log_softmax, product, rescale, softmax
from yiju.explain.subject import Subject
from yiju.models.scorer import widened


def lift(subject: Subject, mask: Tensor, labels: Tensor, output: Tensor, start: Tensor) -> tuple[Tensor, Tensor]:
    """Token scores [batch, tokens] and the score of the pair at `output` less that at `start`, float64 [batch].

    mask: 1 for what is no padding, [batch, tokens]; labels: [batch]; output, start: [batch, tokens, width].
    """
    leaf = output.detach().requires_grad_(True)
    with torch.enable_grad():
        judged = _score(subject, labels, affine(widened, _logits(bert_classifier(subject), mask, Both(leaf, start))))
    multipliers = torch.autograd.grad(judged.input.sum(), leaf)[0]
    return (multipliers * (output - start)).sum(-1), (judged.input.double() - judged.baseline.double()).detach()


def _score(subject: Subject, labels: Tensor, outputs: Both) -> Both:
    """What is explained, [batch], of outputs [batch, classes]; see `Subject.score`."""
    other = subject.against(labels)
    if other is None:
        return affine(lambda logs: logs.gather(1, labels[:, None])[:, 0], log_softmax(outputs))
    return affine(lambda given: (given.gather(1, labels[:, None]) - given.gather(1, other[:, None]))[:, 0], outputs)


def _logits(model: BertForSequenceClassification, mask: Tensor, hidden: Both) -> Both:
    """The model's logits, [batch, labels]."""
    visible = mask[:, None, None, :].bool()
    for layer in own_layers(model):
        hidden = _layer(layer, visible, hidden)
    pooler = pooler_of(model)
    first = affine(lambda states: pooler.dense(states[:, 0]), hidden)
    return affine(model.classifier, rescale(pooler.activation, first))


def _layer(layer: BertLayer, visible: Tensor, hidden: Both) -> Both:
    attended = affine(layer.attention.output.dense, _attention(layer.attention.self, visible, hidden))
    hidden = layer_norm(layer.attention.output.LayerNorm, add(attended, hidden))
    inner = rescale(layer.intermediate.intermediate_act_fn, affine(layer.intermediate.dense, hidden))
    return layer_norm(layer.output.LayerNorm, add(affine(layer.output.dense, inner), hidden))


def _attention(attention: BertSelfAttention | BertCrossAttention, visible: Tensor, hidden: Both) -> Both:
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
