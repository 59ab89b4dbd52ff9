"""The function by which a cross-encoder's folder makes of the logit what CrossEncoder.predict returns."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from torch import nn
from torch.nn.modules import activation as activations

from yiju.models.folder_files import CONFIG
from yiju.models.inspect import read_json
from yiju.models.module_files import Modules

log = logging.getLogger(__name__)
KNOWN = {name: getattr(activations, name) for name in activations.__all__} | {"Identity": nn.Identity}
# What sentence-transformers takes for a model of one logit that names nothing.
DEFAULT = nn.Sigmoid


def activation_of(body: Path, modules: Modules | None) -> nn.Module:
    """The activation that a folder names, in any of the three places where sentence-transformers wrote it.

    body: the folder of the transformer. As there, a name outside torch is not followed, for it could be any code: it is
    warned of, and the default, sigmoid, taken.
    """
    told = _told(read_json(body / CONFIG), modules)
    if told is None:
        return DEFAULT()
    package, name = str(told).split(".")[0], str(told).split(".")[-1]
    if package != "torch" or name not in KNOWN:
        log.warning("%s: the activation %s is none of torch's; sigmoid is taken", body, str(told)[:100])
        return DEFAULT()
    return KNOWN[name]()


def _told(config: dict[str, Any], modules: Modules | None) -> Any:
    newest = None if modules is None else modules.library.get("activation_fn")
    if newest is not None:
        return newest
    table = config.get("sentence_transformers")
    if isinstance(table, dict) and "activation_fn" in table:
        return table["activation_fn"]
    return config.get("sbert_ce_default_activation_function")
