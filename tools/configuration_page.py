"""The page of all configuration keys, written from the schema and config.yaml: `python -m tools.configuration_page`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from yiju.base.files import write_text
from yiju.config.schema import Settings
from yiju.job.code_version import SCRIPTS

PAGE, CONFIG = SCRIPTS.parent / "docs/configuration.md", SCRIPTS.parent / "config.yaml"
BEGIN, END = "<!-- keys: written by `make keys` -->\n", "<!-- end of keys -->"


def keys(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key with its field, in the schema's order; the user's own names inside a catalogue show as <name>."""
    for name, field in model.model_fields.items():
        key = f"{prefix}{name}"
        inner = next((part for part in _parts(field.annotation) if _is_section(part)), None)
        if inner is None:
            yield key, field
        else:
            listed = {dict: ".<name>", list: "[]"}.get(get_origin(_bare(field.annotation)), "")
            yield from keys(inner, f"{key}{listed}.")


def tables() -> str:
    """A Markdown table for each section: key, default of config.yaml, allowed values, meaning."""
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    text = ""
    for section, group in groupby(keys(), key=lambda one: _section(*one)):
        rows = [
            f"| `{key}` | {_default(config, key)} | {_allowed(field)} | {_meaning(field)} |" for key, field in group
        ]
        head = [f"\n## {section}\n", "| key | default | allowed | meaning |", "|---|---|---|---|"]
        text += "\n".join([*head, *rows]) + "\n"
    return text + "\n"


def insert(text: str) -> str:
    """`text` with the tables between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{tables()}{END}{after}"


def _section(key: str, field: FieldInfo) -> str:
    """The heading that a key stands under; the run's own keys belong to no section."""
    is_named = "." in key or get_origin(_bare(field.annotation)) is dict
    return key.partition(".")[0] if is_named else "run"


def _meaning(field: FieldInfo) -> str:
    # Not to be taken for HTML.
    return (field.description or "").replace("<", r"\<")


def _default(config: dict, key: str) -> str:
    value: Any = config
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            return ""
        value = value[part]
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _allowed(field: FieldInfo) -> str:
    limits = [*field.metadata, *(part for part in get_args(field.annotation) if not isinstance(part, type))]
    words = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}"}
    bounds = [
        form.format(getattr(part, name)) for part in limits for name, form in words.items() if hasattr(part, name)
    ]
    return ", ".join([_kind(field.annotation), *bounds])


def _kind(annotation: Any) -> str:
    bare = _bare(annotation)
    origin, parts = get_origin(bare), get_args(bare)
    if origin is Literal:
        return " or ".join(map(str, parts))
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_kind(part) for part in parts))
    if origin is list:
        return f"list of {_kind(parts[0])}"
    if origin is dict:
        return f"{_kind(parts[0])}: {_kind(parts[1])}"
    return {bool: "true or false", str: "text", int: "whole number", float: "number", Any: "any value"}.get(
        bare, "null"
    )


def _bare(annotation: Any) -> Any:
    return _bare(get_args(annotation)[0]) if get_origin(annotation) is Annotated else annotation


def _parts(annotation: Any) -> list[Any]:
    return [annotation, *(inner for part in get_args(annotation) for inner in _parts(part))]


def _is_section(part: Any) -> bool:
    return isinstance(part, type) and issubclass(part, BaseModel)


if __name__ == "__main__":
    write_text(PAGE, insert(PAGE.read_text(encoding="utf-8")))
