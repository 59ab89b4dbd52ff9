"""The function by which a reranker's folder makes of the logit what CrossEncoder.predict returns."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from torch import nn
from torch.nn.modules import activation as activations
from transformers import PreTrainedConfig

log = logging.getLogger(__name__)
KNOWN = {name: getattr(activations, name) for name in activations.__all__} | {"Identity": nn.Identity}
# What sentence-transformers takes for a model of one number that names nothing.
DEFAULT = nn.Sigmoid


def activation_of(config: PreTrainedConfig, library: Mapping[str, Any]) -> nn.Module:
    """The activation that a folder names, in any of the three places where sentence-transformers wrote it.

    library: what config_sentence_transformers.json says. As there, a name outside torch is not followed, for it could
    be any code: it is warned of, and the default, sigmoid, taken.
    """
    told = _told(config, library)
    if told is None:
        return DEFAULT()
    package, name = str(told).split(".")[0], str(told).split(".")[-1]
    if package != "torch" or name not in KNOWN:
        log.warning("%s: the activation %s is none of torch's; sigmoid is taken", config.name_or_path, str(told)[:100])
        return DEFAULT()
    return KNOWN[name]()


def _told(config: PreTrainedConfig, library: Mapping[str, Any]) -> Any:
    newest = library.get("activation_fn")
    if newest is not None:
        return newest
    table = getattr(config, "sentence_transformers", None)
    if isinstance(table, dict) and "activation_fn" in table:
        return table["activation_fn"]
    return getattr(config, "sbert_ce_default_activation_function", None)
