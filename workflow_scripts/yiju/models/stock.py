"""Checkpoints that others trained: what yiju needs of them, and what it must not hand to them."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.models.border import border
from yiju.models.fitting import check_vocabulary, positions
from yiju.models.folder_files import CONFIG
from yiju.models.template import PROBES, template_of
from yiju.models.tokens import encode_pairs

# Room for the pair that a model is tried on.
FEW = 64


def adapt(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Let a classifier take batches of pairs as yiju makes them.

    A model without segment ids is given none. Raises YijuError, naming what would do, for a model of encoder and
    decoder, for a tokeniser that does not belong to it, and for a model that fails on a pair.
    """
    if model.config.is_encoder_decoder:
        raise YijuError(
            f"a {model.config.model_type} model, of encoder and decoder; take a model that reads both sentences in one "
            "encoder, such as BERT, or explain it by its scores alone, from Python (docs/any-model.md)"
        )
    check_borders(model, tokenizer)
    check_vocabulary(model, tokenizer)
    tell_no_sides(model)
    _try(model, tokenizer)


def check_borders(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, place: str = "") -> None:
    """Refuse a tokeniser that writes no pairs, and for an encoder one that marks no beginning or no border in them.

    place: what messages begin with.
    """
    template = template_of(tokenizer, place)
    if hasattr(model.base_model, "embeddings") and not (template.before and template.between):
        raise YijuError(
            f"{place}the tokeniser puts no token before the first sentence or none between the two, so that an encoder "
            "cannot tell them apart; take the tokenizer.json that belongs to the weights, whose post_processor writes "
            "them"
        )


def longest_of(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """How many tokens of a pair a model reads, special ones included."""
    return int(min(tokenizer.model_max_length, positions(model)))


def check_classifier(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase | None) -> PreTrainedTokenizerBase:
    """The tokeniser; refuses what is no classifier or no tokeniser, and a model whose match marker nobody installed."""
    if not isinstance(model, PreTrainedModel) or not isinstance(tokenizer, PreTrainedTokenizerBase):
        raise YijuError(
            f"a {type(model).__name__} and a {type(tokenizer).__name__}; give a model and then its tokeniser, as "
            "transformers loads them"
        )
    if model.get_output_embeddings() is not None:
        raise YijuError(
            f"a {type(model).__name__}, which gives words and no classes; where it is a reranker, open its folder with "
            "Explainer.from_pretrained, which reads or is told its prompt and its answers"
        )
    embeddings = getattr(model.base_model, "embeddings", None)
    if getattr(model.config, "match_marker", False) and not hasattr(embeddings, "unmatched_ids"):
        raise YijuError(
            "the model's config says match_marker, and transformers alone does not compute the marks, so that it would "
            "judge otherwise; load the folder with Explainer.from_pretrained"
        )
    return tokenizer


def has_sides(model: PreTrainedModel) -> bool:
    """Whether a model tells two sentences apart by segment ids."""
    sides = getattr(getattr(model.base_model, "embeddings", None), "token_type_embeddings", None)
    return sides is not None and sides.num_embeddings >= 2


def tell_no_sides(model: PreTrainedModel) -> None:
    """Let a model that knows no segment ids pass over those that it is given."""
    embeddings = getattr(model.base_model, "embeddings", None)
    if has_sides(model):
        return
    for module in (model, model.base_model, *([embeddings] if embeddings is not None else [])):
        module.register_forward_pre_hook(_without_sides, with_kwargs=True)


def _without_sides(_: nn.Module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
    return args, {key: value for key, value in kwargs.items() if key != "token_type_ids"}


def _try(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Judge one pair. Raises YijuError where the model cannot: its config may ask for what no layer can compute."""
    training = model.training
    q, t = PROBES
    batch = encode_pairs(tokenizer, [q], [t], FEW).batch(np.zeros(1, dtype=np.int64)).to(model.device)
    with border(CONFIG, "the model cannot judge a pair", "take the config.json that belongs to the weights"):
        model.eval()
        with torch.inference_mode():
            model(**batch.inputs())
        model.train(training)
