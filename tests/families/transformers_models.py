"""Folders as transformers saves them: classifiers, one-logit rerankers and bare encoders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    PreTrainedTokenizerBase,
)

from families.architectures import ARCHITECTURES, with_opinions

NLI = ("entailment", "neutral", "contradiction")


def classifier(architecture: str, folder: Path, labels: tuple[str, ...] = ("LABEL_0", "LABEL_1")) -> Path:
    """A classifier of the given labels; by default those of a config that names none."""
    names = dict(enumerate(labels))
    return _saved(
        AutoModelForSequenceClassification,
        architecture,
        folder,
        id2label=names,
        label2id={label: index for index, label in names.items()},
    )


def one_logit(architecture: str, folder: Path, chat_template: str | None = None, **keys: Any) -> Path:
    """A classifier of one output; chat_template: of its tokeniser; keys: of its config."""
    tokenizer = ARCHITECTURES[architecture].new_tokenizer()
    tokenizer.chat_template = chat_template
    return _saved(AutoModelForSequenceClassification, architecture, folder, tokenizer, num_labels=1, **keys)


def encoder(architecture: str, folder: Path, tokenizer: PreTrainedTokenizerBase | None = None) -> Path:
    """A model without a head; tokenizer: another than the architecture's."""
    return _saved(AutoModel, architecture, folder, tokenizer)


def causal(architecture: str, folder: Path, chat_template: str | None) -> Path:
    """A language model; chat_template: of its tokeniser."""
    tokenizer = ARCHITECTURES[architecture].new_tokenizer()
    tokenizer.chat_template = chat_template
    return _saved(AutoModelForCausalLM, architecture, folder, tokenizer)


def _saved(
    kind: Any, architecture: str, folder: Path, tokenizer: PreTrainedTokenizerBase | None = None, **keys: Any
) -> Path:
    found = ARCHITECTURES[architecture]
    tokenizer = tokenizer or found.new_tokenizer()
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = kind.from_config(found.config(tokenizer, **keys))
    with_opinions(model).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
