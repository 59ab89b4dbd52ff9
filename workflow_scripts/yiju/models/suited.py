"""What a technique of fine-tuning needs of a classifier's architecture; a lack is known, and named, at the start."""

from __future__ import annotations

import re
from collections.abc import Iterable

from torch import nn
from transformers import PreTrainedModel

from yiju.base.errors import YijuError

# Layers that bear a number of their own; ALBERT's are one layer many times.
LAYER = re.compile(r"(?:^|\.)(?:encoder|transformer)\.layer\.(\d+)\.")
WITH_HEAD = "BERT, ERNIE and MegatronBERT have what it needs"


def require_suited(classifier: PreTrainedModel, techniques: Iterable[str]) -> None:
    """Raise YijuError, naming key, lack and remedy, for the first technique that a classifier does not allow.

    techniques: names of sections of `finetune` that are switched on; the shapes of the weights do.
    """
    kind = type(classifier).__name__
    checks = {
        "layer_rates": (_has_layers, "needs numbered layers", "all but ALBERT, whose layers are one, have them"),
        "mixup": (_has_places, "needs BERT's head (pooler, dropout, linear classifier) and layers", WITH_HEAD),
        "multi_dropout": (
            _has_head,
            "needs BERT's head (pooler, dropout, linear classifier)",
            f"{WITH_HEAD}, ALBERT too",
        ),
    }
    for key in techniques:
        fits, need, others = checks[key]
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
