"""One-logit cross-encoders, in each form in which a folder names its activation."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from families.library import need_sentence_transformers
from families.transformers_models import one_logit

SIGMOID, IDENTITY = "torch.nn.modules.activation.Sigmoid", "torch.nn.modules.linear.Identity"


def plain(architecture: str, folder: Path) -> Path:
    """As transformers saves one: no activation is named."""
    return one_logit(architecture, folder)


def old_key(architecture: str, folder: Path, activation: str = SIGMOID) -> Path:
    """As sentence-transformers before 4 saved one: the activation is a key of config.json."""
    return one_logit(architecture, folder, sbert_ce_default_activation_function=activation)


def new_key(architecture: str, folder: Path, activation: str = SIGMOID) -> Path:
    """As sentence-transformers 4 and 5 save one: the activation and the version stand in a table of config.json."""
    return one_logit(architecture, folder, sentence_transformers={"activation_fn": activation, "version": "5.0.0"})


def with_modules(
    architecture: str,
    folder: Path,
    activation: str | None = None,
    chat_template: str | None = None,
    **options: Any,
) -> Path:
    """As sentence-transformers 6 saves one: modules.json, the activation in config_sentence_transformers.json.

    activation: its path, or None for the library's default; chat_template: of the tokeniser, which then renders the
    pair; options: of CrossEncoder, such as prompts.
    """
    need_sentence_transformers()
    from sentence_transformers import CrossEncoder
    from sentence_transformers.util import import_from_string

    function = import_from_string(activation)() if activation else None
    with TemporaryDirectory() as before:
        one_logit(architecture, Path(before), chat_template)
        model = CrossEncoder(before, activation_fn=function, device="cpu", **options)
        model.save_pretrained(str(folder), create_model_card=False)
    return folder
