"""The default configuration: the defaults of the schema, and the catalogue of known corpora and test sets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from yiju.base.nested import overlaid
from yiju.base.yaml_files import read_mapping
from yiju.config.schema import Settings

CATALOGUE = Path(__file__).with_name("catalogue.yaml")


@cache
def default_settings() -> Settings:
    """The configuration of a run for which nothing is configured."""
    return Settings.model_validate(with_catalogue({}))


def with_catalogue(config: Mapping[str, Any]) -> Any:
    """The catalogue merged with a configuration, whose keys override those of the catalogue."""
    return overlaid(_catalogue(), config)


@cache
def _catalogue() -> dict[str, Any]:
    return read_mapping(CATALOGUE)
