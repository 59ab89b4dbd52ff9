"""Judging pairs with a model, in batches by length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

import numpy as np
import torch
from transformers import BertForSequenceClassification, PreTrainedModel, PreTrainedTokenizerBase

from yiju.tokens import Sequences, by_length, encode, pair_up


@torch.inference_mode()
def predict_logits(
    model: PreTrainedModel, pairs: Sequences, batch_tokens: int, dtype: torch.dtype | None = None
) -> np.ndarray:
    """Logits of every pair, float64 [pairs, 2], in the order of `pairs`; the model's mode is left as it was."""
    training = model.training
    model.eval()
    logits = np.empty((len(pairs), 2))
    autocast = torch.autocast(model.device.type, dtype) if dtype else nullcontext()
    with autocast, first_token_only(model):
        for rows in by_length(pairs.lengths, batch_tokens):
            batch = pairs.batch(rows).to(model.device)
            logits[rows] = model(**batch.inputs()).logits.double().cpu().numpy()
    model.train(training)
    return logits


@contextmanager
def first_token_only(model: PreTrainedModel) -> Iterator[None]:
    """Let the last layer of a BERT compute, after its attention, the one token that its classifier reads."""
    if not isinstance(model, BertForSequenceClassification):
        yield
        return
    last = model.bert.encoder.layer[-1].attention.output
    handle = last.register_forward_pre_hook(lambda module, args: tuple(states[:, :1] for states in args))
    try:
        yield
    finally:
        handle.remove()


def predict_orders(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    q: Sequence[str],
    t: Sequence[str],
    max_length: int,
    batch_tokens: int,
    swap: bool,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Judge pairs in float32: logits [pairs, 2] of (q, t), those of (t, q) if `swap`, and whether a side was cut.

    The other order is a pair of its own: its segment ids, markers and truncation are those of t before q.
    """
    first, second = encode(tokenizer, q), encode(tokenizer, t)
    pairs = pair_up(tokenizer, first, second, max_length)
    logits = predict_logits(model, pairs, batch_tokens)
    if not swap:
        return logits, None, pairs.truncated
    exchanged = pair_up(tokenizer, second, first, max_length)
    return logits, predict_logits(model, exchanged, batch_tokens), pairs.truncated
