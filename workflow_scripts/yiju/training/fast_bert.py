"""A stock BERT that computes in training what its loss reads, and that cheaply: the same weights, the same function."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.models.bert.modeling_bert import (
    BertCrossAttention,
    BertLayer,
    BertSelfAttention,
    eager_attention_forward,
)

# Name of `attention` among transformers' own ways to compute it; no saved model bears it.
STEPWISE = "stepwise"
# What the head of a masked language model is called: BERT's, RoBERTa's, ALBERT's.
LANGUAGE_HEADS = ("cls", "lm_head", "predictions")
# Integers as wide as the numbers that they mask.
WORDS = {2: torch.int16, 4: torch.int32, 8: torch.int64}


def read_first(model: PreTrainedModel) -> None:
    """Let a BERT's last layer, in training, compute its first token alone, for a pooler that reads no other.

    The layer then returns [batch, 1, width]. In evaluation it is the stock one, to the bit; so are other models.
    """
    layer = _last_layer(model)
    if layer is not None:
        # A partial, not a closure: a copy of the model then calls its own layer.
        _compute_by(layer, partial(_first_of, layer))


def read_chosen(model: PreTrainedModel) -> Callable[..., Tensor]:
    """A function of flat positions `chosen` [positions] and the model's inputs: hidden states [positions, width].

    A BERT's last layer computes no more than these behind its attention.
    """
    layer, base = _last_layer(model), model.base_model
    if layer is None:
        return lambda chosen, **inputs: _at(base(**inputs).last_hidden_state, chosen)
    _compute_by(layer, partial(_chosen_of, layer))
    # The model hands what it does not know down to its layers.
    return lambda chosen, **inputs: base(**inputs, chosen=chosen).last_hidden_state


def logits_of_chosen(language_model: PreTrainedModel) -> Callable[..., Tensor]:
    """A function of flat positions `chosen` [positions] and the model's inputs: logits [positions, vocabulary].

    A language model whose head is one module that takes hidden states computes it at these positions alone; any other
    (ELECTRA, DistilBERT) at all of them.
    """
    head = next((getattr(language_model, name) for name in LANGUAGE_HEADS if hasattr(language_model, name)), None)
    if head is None:
        return lambda chosen, **inputs: _at(language_model(**inputs).logits, chosen)
    read = read_chosen(language_model)
    return lambda chosen, **inputs: head(read(chosen, **inputs))


def optimise(model: PreTrainedModel, device: str, dtype: torch.dtype | None) -> None:
    """Spare a BERT what autocast does thrice, and on the CPU what torch does slowly.

    device, dtype: where it is trained, and the format of autocast or None. Query, key and value share one cast of
    their input. On the CPU dropout draws its masks from whole machine words, in attention too.
    """
    for module in model.modules():
        if isinstance(module, BertSelfAttention):
            _compute_by(module, partial(_of_cast, module.forward))
    if device != "cpu":
        return
    if dtype is not None:
        model.set_attn_implementation(STEPWISE)
    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child) is nn.Dropout and child.p:
                setattr(module, name, QuickDropout(child.p).train(child.training))


def attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **options: Any,
) -> tuple[Tensor, None]:
    """Attention in training, as transformers' `eager` one has it, in the format of its inputs.

    query, key, value: [batch, heads, tokens, width]; mask: True where a query may look, or None where all may. Returns
    [batch, tokens, heads, width]. torch's fused attention knows no dropout on the CPU: it falls back to steps of its
    own, in float32; and of short sequences its gradient takes several times as long. In evaluation it is the fused one,
    and so it is of a decoder, whose mask may go unsaid and whose keys may be fewer than its queries.
    """
    if not module.training or getattr(module, "is_causal", False):
        return sdpa_attention_forward(module, query, key, value, mask, dropout, scaling, **options)
    scores = torch.matmul(query, key.transpose(2, 3)) * (query.shape[-1] ** -0.5 if scaling is None else scaling)
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, -1)
    if dropout:
        weights = _Masked.apply(weights, dropout)
    return torch.matmul(weights, value).transpose(1, 2), None


AttentionInterface.register(STEPWISE, attention)
AttentionMaskInterface.register(STEPWISE, sdpa_mask)


class QuickDropout(nn.Dropout):
    """Dropout by 16, 32 or 64 random bits a number; torch's own draws one number after another on most CPUs."""

    def forward(self, hidden: Tensor) -> Tensor:
        return _Masked.apply(hidden, self.p) if self.training and self.p else hidden


class _Masked(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, hidden: Tensor, share: float) -> Tensor:
        mask = dropout_mask(hidden.shape, share, hidden.dtype)
        ctx.save_for_backward(mask)
        return hidden * mask

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (mask,) = ctx.saved_tensors
        return gradient * mask, None


def dropout_mask(shape: torch.Size, share: float, dtype: torch.dtype) -> Tensor:
    """Numbers that are 0 with probability `share` and 1 / (1 - share) else, drawn from torch's generator."""
    word = WORDS[dtype.itemsize]
    bits, count = 8 * dtype.itemsize, shape.numel()
    drawn = torch.empty(-(-count * dtype.itemsize // 8), dtype=torch.int64).random_(-(2**63), None)
    drawn = drawn.view(word)[:count].view(shape)
    kept = torch.tensor(1 / (1 - share), dtype=dtype).view(word).item()
    # 0 or 1 times the bits of the number that it stands for: conversions between formats would take most of the time.
    return torch.ge(drawn, round(share * 2**bits) - 2 ** (bits - 1), out=drawn).mul_(kept).view(dtype)


def _compute_by(module: nn.Module, forward: Callable) -> None:
    """Let this one module compute by another function than its class's."""
    vars(module)["forward"] = forward


def _first_of(
    layer: BertLayer, hidden: Tensor, attention_mask: Tensor | None = None, *others: Any, **options: Any
) -> Tensor:
    if not layer.training:
        return type(layer).forward(layer, hidden, attention_mask, *others, **options)
    first = hidden[:, :1]
    mask = None if attention_mask is None else attention_mask[:, :, :1]
    return layer.feed_forward_chunk(layer.attention.output(_attend(layer.attention.self, first, hidden, mask), first))


def _chosen_of(
    layer: BertLayer,
    hidden: Tensor,
    attention_mask: Tensor | None = None,
    *others: Any,
    chosen: Tensor | None = None,
    **options: Any,
) -> Tensor:
    if chosen is None:
        return type(layer).forward(layer, hidden, attention_mask, *others, **options)
    context, _ = layer.attention.self(hidden, attention_mask)
    return layer.feed_forward_chunk(layer.attention.output(_at(context, chosen), _at(hidden, chosen)))


def _last_layer(model: PreTrainedModel) -> BertLayer | None:
    layers = [module for module in model.base_model.modules() if isinstance(module, BertLayer)]
    return layers[-1] if layers and not layers[-1].is_decoder else None


def _attend(
    inner: BertSelfAttention | BertCrossAttention, asking: Tensor, hidden: Tensor, mask: Tensor | None
) -> Tensor:
    """What `asking` [batch, n, width] gathers from `hidden` [batch, tokens, width]; mask: [batch, 1, n, tokens]."""
    heads = (len(hidden), -1, inner.num_attention_heads, inner.attention_head_size)
    asking, hidden = _cast(asking), _cast(hidden)
    states = (inner.query(asking), inner.key(hidden), inner.value(hidden))
    attention = ALL_ATTENTION_FUNCTIONS.get_interface(inner.config._attn_implementation, eager_attention_forward)
    dropout = inner.dropout.p if inner.training else 0.0
    parts = (state.view(heads).transpose(1, 2) for state in states)
    return attention(inner, *parts, mask, dropout=dropout, scaling=inner.scaling)[0].reshape(*asking.shape[:2], -1)


def _of_cast(forward: Callable, hidden: Tensor, *others: object, **options: object) -> tuple:
    return forward(_cast(hidden), *others, **options)


def _cast(hidden: Tensor) -> Tensor:
    """What autocast would make of the input of every matrix product."""
    kind = hidden.device.type
    return hidden.to(torch.get_autocast_dtype(kind)) if torch.is_autocast_enabled(kind) else hidden


def _at(hidden: Tensor, chosen: Tensor) -> Tensor:
    # By flat position: the gradient of a boolean mask is many times slower on the CPU.
    return hidden.flatten(0, 1).index_select(0, chosen)
