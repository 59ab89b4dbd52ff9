"""Models of a few lines as scorers, with the special tokens that their tests know."""

from __future__ import annotations

from torch import nn
from transformers import PreTrainedTokenizerBase

from yiju.models.scorer import SINGLE
from yiju.models.scorers.classifier import Classifier
from yiju.models.template import Template, template_of


def template(pad: int, cls: int, sep: int, mask: int | None, special: tuple[int, ...]) -> Template:
    """[CLS] q [SEP] t [SEP], as BERT has it."""
    single = ((cls,), (sep,))
    return Template((cls,), (sep,), (sep,), pad, mask, special, single=single, first_share=1)


def scorer_of(model: nn.Module, shape: Template, max_length: int = 512) -> Classifier:
    """A module that takes batches and gives two logits, as a classifier."""
    return Classifier(model, None, shape, max_length, SINGLE)


def reader(tokenizer: PreTrainedTokenizerBase, max_length: int) -> Classifier:
    """A tokeniser that reads pairs for no model."""
    return Classifier(None, tokenizer, template_of(tokenizer), max_length, SINGLE)
