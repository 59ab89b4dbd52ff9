"""The text of config.yaml: every key of the schema with its default, and above it what the key means."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from yiju.config.commented import commented, section_of
from yiju.config.schema import Settings

HEAD = """\
# The default experiment: the embedded sample corpora and a small model from scratch, minutes on any machine.
# Presets (presets/*.yaml) override single keys: snakemake --cores all --configfile presets/offline.yaml
# A file of yours holds only the keys that differ. This file is generated from the schema by `make config`.
"""


def default_config() -> str:
    """All sections in the schema's order, a blank line before each; the run's own keys together."""
    return HEAD + commented(_defaults(Settings))


def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    sections = {name: section_of(field) for name, field in model.model_fields.items()}
    return {
        name: _defaults(section) if section else model.model_fields[name].default for name, section in sections.items()
    }
