"""What a technique of fine-tuning needs of a classifier's architecture; a lack is known, and named, at the start."""

from __future__ import annotations

import re
from collections.abc import Iterable

from torch import nn
from transformers import PreTrainedModel

from yiju.base.errors import YijuError
from yiju.config.technique import get_technique

# Layers that bear a number of their own; ALBERT's are one layer many times.
LAYER = re.compile(r"(?:^|\.)(?:encoder|transformer)\.layer\.(\d+)\.")
HEAD = "BERT's head (pooler, dropout, linear classifier)"
WITH_HEAD = "BERT, ERNIE and MegatronBERT have what it needs"


def require_suited(classifier: PreTrainedModel, techniques: Iterable[str]) -> None:
    """Raise YijuError, naming key, lack and remedy, for the first technique that a classifier does not allow.

    techniques: those that are switched on and need a part of a classifier; of it the shapes of the weights do.
    """
    kind = type(classifier).__name__
    checks = {
        "layers": (_has_layers, "needs numbered layers", "all but ALBERT, whose layers are one, have them"),
        "head": (_has_head, f"needs {HEAD}", f"{WITH_HEAD}, ALBERT too"),
        "layers and head": (_has_places, f"needs {HEAD} and layers", WITH_HEAD),
    }
    for key in techniques:
        fits, need, others = checks[str(get_technique(key).needs)]
        if not fits(classifier):
            raise YijuError(
                f"finetune.{key}: {need}, which {kind} lacks; set finetune.{key}.enabled to false, or choose another "
                f"checkpoint in encoder.name: {others}"
            )


def _has_layers(classifier: PreTrainedModel) -> bool:
    return any(LAYER.search(name) for name, _ in classifier.named_parameters())


def _has_head(classifier: PreTrainedModel) -> bool:
    pooler = getattr(classifier.base_model, "pooler", None)
    return pooler is not None and isinstance(getattr(classifier, "classifier", None), nn.Linear)


def _has_places(classifier: PreTrainedModel) -> bool:
    encoder = getattr(classifier.base_model, "encoder", None)
    return _has_head(classifier) and isinstance(getattr(encoder, "layer", None), nn.ModuleList)
