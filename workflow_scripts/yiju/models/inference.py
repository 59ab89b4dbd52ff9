"""Judging pairs with a model, in batches by length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.models.outputs import check_finite, two_outputs
from yiju.models.template import template_of
from yiju.models.tokens import TokenizedPairs, by_length, encode, pair_up
from yiju.models.unknown_characters import unknown_counts

# Model types of transformers whose layers have the parts of a BERT's and whose classifiers read the first token.
LIKE_BERT = ("bert", "camembert", "electra", "ernie", "roberta", "xlm-roberta")


@torch.inference_mode()
def predict_logits(
    model: PreTrainedModel, pairs: TokenizedPairs, batch_tokens: int, dtype: torch.dtype | None = None
) -> np.ndarray:
    """Logits of every pair, float64 [pairs, labels], in the order of `pairs`; the model's mode is left as it was.

    Raises YijuError for logits that are not finite: no judgement can be made of them.
    """
    training = model.training
    model.eval()
    logits = np.empty((len(pairs), getattr(getattr(model, "config", None), "num_labels", 2)))
    autocast = torch.autocast(model.device.type, dtype) if dtype else nullcontext()
    with autocast, first_token_only(model):
        for rows in by_length(pairs.lengths, batch_tokens):
            batch = pairs.batch(rows).to(model.device)
            logits[rows] = model(**batch.inputs()).logits.cpu().double().numpy()
    model.train(training)
    check_finite(logits, "logits")
    return logits


@contextmanager
def first_token_only(model: PreTrainedModel) -> Iterator[None]:
    """Let the last layer of a BERT, or of a model built like one, compute after its attention the first token alone.

    For a classifier, whose head reads no other token, and for an encoder by itself of which no other is read.
    """
    if not _reads_first(model):
        yield
        return
    layers = model.base_model.get_submodule("encoder.layer")
    last = list(layers.children())[-1].get_submodule("attention.output")
    handle = last.register_forward_pre_hook(lambda module, args: tuple(states[:, :1] for states in args))
    try:
        yield
    finally:
        handle.remove()


def _reads_first(model: PreTrainedModel) -> bool:
    """Whether the model is an encoder, or a classifier upon one, whose layers are BERT's and whose head reads [CLS]."""
    # A wrapper of PEFT has the name and the config of the model within it, and other parts.
    if not isinstance(model, PreTrainedModel) or model.config.model_type not in LIKE_BERT:
        return False
    return model.base_model is model or type(model).__name__.endswith("ForSequenceClassification")


class Judged(NamedTuple):
    """What a model says of pairs, and what it could not read of them.

    logits: [pairs, 2] of (q, t), of a model of one logit 0 and this; swapped: those of (t, q), or None where that was
    not asked for; truncated: bool [pairs], whether a side was cut; unknown: int [pairs], characters that the vocabulary
    does not hold.
    """

    logits: np.ndarray
    swapped: np.ndarray | None
    truncated: np.ndarray
    unknown: np.ndarray


def predict_orders(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    q: Sequence[str],
    t: Sequence[str],
    max_length: int,
    batch_tokens: int,
    swap: bool,
) -> Judged:
    """Judge pairs in float32.

    The other order is a pair of its own: its segment ids, markers and truncation are those of t before q.
    """
    template = template_of(tokenizer)
    first, second = encode(tokenizer, q), encode(tokenizer, t)
    pairs = pair_up(template, first, second, max_length)
    logits = two_outputs(predict_logits(model, pairs, batch_tokens))
    unknown = unknown_counts(tokenizer, q, first) + unknown_counts(tokenizer, t, second)
    if not swap:
        return Judged(logits, None, pairs.truncated, unknown)
    exchanged = pair_up(template, second, first, max_length)
    return Judged(logits, two_outputs(predict_logits(model, exchanged, batch_tokens)), pairs.truncated, unknown)
