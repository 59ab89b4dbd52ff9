"""The text of config.yaml: every key of the schema with its default, and above it what the key means."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from yiju.config.schema import Settings

WIDTH = 120
HEAD = """\
# The default experiment: the embedded sample corpora and a small model from scratch, minutes on any machine.
# Presets (presets/*.yaml) override single keys: snakemake --cores all --configfile presets/offline.yaml
# A file of yours holds only the keys that differ. This file is generated from the schema by `make config`.
"""


def default_config() -> str:
    """All sections in the schema's order, a blank line before each; the run's own keys together."""
    text, after_section = HEAD, True
    for name, field in Settings.model_fields.items():
        section = _section(field)
        text += "\n" * (bool(section) or after_section)
        text += "\n".join(_lines(name, field, 0)) + "\n"
        after_section = bool(section)
    return text


def _lines(name: str, field: FieldInfo, depth: int) -> Iterator[str]:
    """A key, below the comment that explains it."""
    indent = "  " * depth
    mark = f"{indent}# "
    for paragraph in (field.description or "").splitlines():
        yield from textwrap.wrap(
            paragraph,
            WIDTH,
            initial_indent=mark,
            subsequent_indent=mark,
            break_on_hyphens=False,
            break_long_words=False,
        )
    section = _section(field)
    if section is None:
        yield from _value(name, field.default, indent)
        return
    yield f"{indent}{name}:"
    for key, inner in section.model_fields.items():
        yield from _lines(key, inner, depth + 1)


def _value(name: str, value: Any, indent: str) -> Iterator[str]:
    """A key with its value in one line; a list that is too long for it has a line for each item."""
    line = f"{indent}{name}: {_flow(value)}"
    if len(line) <= WIDTH or not isinstance(value, list):
        yield line
        return
    yield f"{indent}{name}:"
    for one in value:
        yield f"{indent}  - {_flow(one)}"


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True, sort_keys=False)
    # Of a single word YAML says that it is the end of the file.
    return text.removesuffix("...\n").strip()


def _section(field: FieldInfo) -> type[BaseModel] | None:
    annotation = field.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
