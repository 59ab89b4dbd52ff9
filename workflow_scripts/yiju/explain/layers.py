"""Encoders with layers like BERT's: what methods that look at attention reach into."""

from __future__ import annotations

from torch import nn
from transformers import BertForSequenceClassification, PreTrainedModel


def bert_layers(model: PreTrainedModel) -> list[nn.Module]:
    """The layers of an encoder like BERT's (ERNIE, ELECTRA and RoBERTa too); none of any other model."""
    layers = list(getattr(getattr(model.base_model, "encoder", None), "layer", ()))
    attentions = [getattr(getattr(layer, "attention", None), "self", None) for layer in layers]
    return layers if all(hasattr(one, "value") for one in attentions) else []


def why_no_bert(method: str, model: PreTrainedModel) -> str | None:
    """Why a method that computes through BERT's layers itself does not fit a model; None where it fits."""
    if isinstance(model, BertForSequenceClassification) and not model.config.is_decoder:
        return None
    return f"{method} computes through the layers of a BERT encoder, and this model is a {type(model).__name__}"


def why_not_like_bert(method: str, model: PreTrainedModel) -> str | None:
    """Why a method that looks at BERT's attention does not fit a model; None where it fits."""
    if bert_layers(model):
        return None
    return f"{method} looks at attention where BERT has it, and this model is a {type(model).__name__}"
