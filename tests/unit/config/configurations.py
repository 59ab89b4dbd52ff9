"""The default configuration, and how tests change and read it."""

from copy import deepcopy
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel

from yiju.config.load import Settings

ROOT = Path(__file__).resolve().parents[3]
CONFIG = ROOT / "config.yaml"


def merged(config, over):
    """A configuration as Snakemake merges it: sections key by key, everything else replaced."""
    both = isinstance(config, dict) and isinstance(over, dict)
    return config | {key: merged(config.get(key), value) for key, value in over.items()} if both else over


# config.yaml is long, and hundreds of tests read it.
parsed = cache(yaml.safe_load)


def read(*files):
    config = {}
    for file in files:
        config = merged(config, deepcopy(parsed(file.read_text(encoding="utf-8"))))
    return config


def keys(model, path=()):
    """Every key of the schema, as a path; what lies in a catalogue is the user's own."""
    for name, field in model.model_fields.items():
        yield (*path, name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys(field.annotation, (*path, name))


def key_lines(node, path=()):
    """Line, from 0, of every key of a YAML file."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value), key.start_mark.line
            yield from key_lines(value, (*path, key.value))


LINES = dict(key_lines(yaml.compose(CONFIG.read_text(encoding="utf-8"))))
KEYS = list(keys(Settings))
