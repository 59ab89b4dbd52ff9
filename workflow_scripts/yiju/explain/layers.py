"""Encoders with layers like BERT's: what methods that look at attention reach into."""

from __future__ import annotations

from typing import cast

from torch import nn
from transformers import BertForSequenceClassification, PreTrainedModel
from transformers.models.bert.modeling_bert import BertLayer, BertPooler

from yiju.explain.subject import Subject
from yiju.models.scorer import Scorer
from yiju.models.scorers.classifier import Classifier


def bert_layers(model: PreTrainedModel) -> list[nn.Module]:
    """The layers of an encoder like BERT's (ERNIE, ELECTRA and RoBERTa too); none of any other model."""
    layers = list(getattr(getattr(model.base_model, "encoder", None), "layer", ()))
    attentions = [getattr(getattr(layer, "attention", None), "self", None) for layer in layers]
    return layers if all(hasattr(one, "value") for one in attentions) else []


def bert_classifier(subject: Subject) -> BertForSequenceClassification:
    """The model of a subject in which `why_no_bert` finds nothing amiss."""
    model = subject.model
    assert isinstance(model, BertForSequenceClassification), "what `why_no_bert` asks for"
    return model


def own_layers(model: BertForSequenceClassification) -> list[BertLayer]:
    """The layers of a BERT classifier."""
    # torch's list of modules does not say of what class they are.
    return cast("list[BertLayer]", list(model.bert.encoder.layer))


def pooler_of(model: BertForSequenceClassification) -> BertPooler:
    """The pooler of a BERT classifier, which every one of them has."""
    assert model.bert.pooler is not None, "a classifier reads it"
    return model.bert.pooler


def why_no_bert(method: str, scorer: Scorer) -> str | None:
    """Why a method that computes through BERT's layers itself does not fit a model; None where it fits."""
    model = scorer.model
    if isinstance(scorer, Classifier) and isinstance(model, BertForSequenceClassification):
        return None if not model.config.is_decoder else f"{method} needs an encoder, and this BERT is a decoder"
    return f"{method} computes through the layers of a BERT classifier, and this model is a {named(scorer)}"


def why_not_like_bert(method: str, scorer: Scorer) -> str | None:
    """Why a method that looks at BERT's attention does not fit a model; None where it fits."""
    if isinstance(scorer, Classifier) and bert_layers(scorer.model):
        return None
    return f"{method} looks at attention where BERT has it, and this model is a {named(scorer)}"


def named(scorer: Scorer) -> str:
    """A model's class in transformers, or its family where it has none."""
    return type(scorer.model).__name__ if isinstance(scorer, Classifier) else scorer.family
