"""Configurations as text for people: each key below a comment that says what it means, in the schema's order."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from yiju.config.schema import Settings

WIDTH = 120


def commented(values: Mapping[str, Any]) -> str:
    """The YAML text of nested sections and keys of the schema; a blank line stands before each section."""
    text, after_section = "", True
    for name, field in _in_order(Settings, values):
        section = section_of(field)
        text += "\n" * (bool(section) or after_section)
        text += "\n".join(_lines(name, field, values[name], 0)) + "\n"
        after_section = bool(section)
    return text


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a field that is a section of keys; None of a single key."""
    annotation = field.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _in_order(model: type[BaseModel], values: Mapping[str, Any]) -> Iterator[tuple[str, FieldInfo]]:
    return ((name, field) for name, field in model.model_fields.items() if name in values)


def _lines(name: str, field: FieldInfo, value: Any, depth: int) -> Iterator[str]:
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
    section = section_of(field)
    if section is None:
        yield from _value(name, value, indent)
        return
    yield f"{indent}{name}:"
    for key, inner in _in_order(section, value):
        yield from _lines(key, inner, value[key], depth + 1)


def _value(name: str, value: Any, indent: str) -> Iterator[str]:
    """A key with its value in one line; of a list or a table that is too long for it each item has a line."""
    line = f"{indent}{name}: {_flow(value)}"
    if len(line) <= WIDTH or not isinstance(value, list | dict):
        yield line
        return
    yield f"{indent}{name}:"
    if isinstance(value, list):
        yield from (f"{indent}  - {_flow(one)}" for one in value)
    else:
        for key, one in value.items():
            yield from _value(_flow(key), one, f"{indent}  ")


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True, sort_keys=False)
    # Of a single word YAML says that it is the end of the file.
    return text.removesuffix("...\n").strip()
