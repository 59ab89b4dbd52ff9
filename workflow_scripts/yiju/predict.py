"""Judging pairs with a model, in batches by length."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import polars as pl
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.scores import score_table
from yiju.tokens import Sequences, by_length, encode_pairs


@torch.inference_mode()
def predict_logits(
    model: PreTrainedModel, pairs: Sequences, batch_tokens: int, dtype: torch.dtype | None = None
) -> np.ndarray:
    """Logits of every pair, float64 [pairs, 2], in the order of `pairs`; the model's mode is left as it was."""
    training = model.training
    model.eval()
    logits = np.empty((len(pairs), 2))
    autocast = torch.autocast(model.device.type, dtype) if dtype else nullcontext()
    with autocast:
        for rows in by_length(pairs.lengths, batch_tokens):
            batch = pairs.batch(rows).to(model.device)
            logits[rows] = model(**batch.inputs()).logits.double().cpu().numpy()
    model.train(training)
    return logits


def predict_items(
    items: pl.DataFrame,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    max_length: int,
    threshold: float,
    batch_tokens: int,
) -> pl.DataFrame:
    """Judge the items of an ITEMS table in float32."""
    pairs = encode_pairs(tokenizer, items["q"].to_list(), items["t"].to_list(), max_length)
    logits = predict_logits(model, pairs, batch_tokens)
    return score_table(items["item"].to_list(), logits, threshold, pairs.truncated)
