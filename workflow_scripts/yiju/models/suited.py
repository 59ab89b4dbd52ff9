"""What a technique of fine-tuning needs of a checkpoint; a lack is known, and named, at the start."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.util import find_spec

from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from yiju.base.errors import YijuError
from yiju.config.technique import get_technique

# Layers by their numbers, whatever their list is called. ALBERT's share their weights by groups, mostly one.
LAYER = re.compile(r"(?:^|\.)(?:(?:encoder|transformer)\.layer|layers|h|albert_layer_groups)\.(\d+)\.")
HEAD = "BERT's head (pooler, dropout, linear classifier)"
WITH_HEAD = "BERT, ERNIE and MegatronBERT have what it needs"


def require_suited(classifier: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, techniques: Iterable[str]) -> None:
    """Raise YijuError, naming key, lack and remedy, for the first technique that a checkpoint does not allow.

    classifier: the shapes of its weights do; techniques: those that are switched on and need a part of a checkpoint.
    """
    kind = type(classifier).__name__
    checks = {
        "layers": (_has_layers(classifier), f"needs numbered layers, which {kind} lacks", "most encoders have them"),
        "head": (_has_head(classifier), f"needs {HEAD}, which {kind} lacks", f"{WITH_HEAD}, ALBERT too"),
        "layers and head": (_has_places(classifier), f"needs {HEAD} and layers, which {kind} lacks", WITH_HEAD),
        "mask token": (
            tokenizer.mask_token_id is not None,
            "needs a mask token, which the tokeniser lacks",
            "those for masked language models have one",
        ),
    }
    for key in techniques:
        _require_package(key)
        fits, need, others = checks[str(get_technique(key).needs)]
        if not fits:
            raise YijuError(
                f"finetune.{key}: {need}; set finetune.{key}.enabled to false, or choose another checkpoint in "
                f"encoder.name: {others}"
            )


def _require_package(key: str) -> None:
    package = get_technique(key).package
    if package and find_spec(package) is None:
        raise YijuError(
            f"finetune.{key}: needs the package {package}, which is not installed: pip install {package}, or set "
            f"finetune.{key}.enabled to false"
        )


def _has_layers(classifier: PreTrainedModel) -> bool:
    return any(LAYER.search(name) for name, _ in classifier.named_parameters())


def _has_head(classifier: PreTrainedModel) -> bool:
    pooler = getattr(classifier.base_model, "pooler", None)
    return pooler is not None and isinstance(getattr(classifier, "classifier", None), nn.Linear)


def _has_places(classifier: PreTrainedModel) -> bool:
    encoder = getattr(classifier.base_model, "encoder", None)
    return _has_head(classifier) and isinstance(getattr(encoder, "layer", None), nn.ModuleList)
