"""Corpora in their publishers' formats: a registry of readers that is read without importing any of them.

A reader is one file in `readers/`, and its file name is its name in the configuration. It holds

- `read(file, options)`: the rows of one file (`files.RawFile`), as an iterator of tables (`rows.READ`);
- `OPTIONS`, where it has any: a literal dict of option -> default; a tuple lists the allowed values, default first, and
  a dict maps labels as written to 1, 0 or null.

The Snakefile imports this module to validate a configuration, so nothing here may load polars.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.config.generic_options import check_generic

_FOLDER = Path(__file__).parents[1] / "data" / "readers"
READERS = tuple(sorted(file.stem for file in _FOLDER.glob("*.py") if file.stem != "__init__"))


def module_name(reader: str) -> str:
    """Import name of a reader's module, which a rule's code version must name: no import statement does."""
    if reader not in READERS:
        raise YijuError(f"no reader {reader!r}; there are {', '.join(READERS)}")
    return f"yiju.data.readers.{reader}"


def load_reader(reader: str) -> Callable:
    """The `read` function of a reader."""
    return importlib.import_module(module_name(reader)).read


def complete_options(reader: str, given: Mapping[str, object]) -> dict[str, object]:
    """Options of a reader with its defaults filled in; an unknown option or a value of another type is refused."""
    known = _declared_options(reader)
    for name, value in given.items():
        if name not in known:
            raise YijuError(f"reader {reader} has no option {name!r}; allowed: {', '.join(known) or 'none'}")
        _check_value(reader, name, value, known[name])
    defaults = {name: value[0] if isinstance(value, tuple) else value for name, value in known.items()}
    complete = {**defaults, **given}
    if reader == "generic":
        check_generic(complete)
    return complete


def _check_value(reader: str, name: str, value: object, known: object) -> None:
    if isinstance(known, tuple):
        if value not in known:
            raise YijuError(f"reader {reader}: {name} is {value!r}; allowed: {', '.join(map(repr, known))}")
    elif isinstance(known, dict):
        if not _is_label_map(value):
            raise YijuError(f"reader {reader}: {name} is {value!r}, expected labels as written (text) to 1, 0 or null")
    elif type(value) not in _allowed_types(known):
        kind = {bool: "true or false", str: "text"}.get(type(known), "text or a number")
        raise YijuError(f"reader {reader}: {name} is {value!r}, expected {kind}")


def _allowed_types(known: object) -> tuple[type, ...]:
    """A column may be given by its position or by its name."""
    return (int, str) if type(known) is int else (type(known),)


def _is_label_map(value: object) -> bool:
    """Whether a value maps texts to 1, 0 or None, and at least one of them to a label."""
    if not isinstance(value, Mapping) or not all(isinstance(label, str) for label in value):
        return False
    meanings = list(value.values())
    return all(meaning is None or (type(meaning) is int and meaning in (0, 1)) for meaning in meanings) and any(
        meaning is not None for meaning in meanings
    )


@cache
def _declared_options(reader: str) -> dict[str, object]:
    """The literal `OPTIONS` of a reader's file, read from its source: importing it would load polars."""
    module_name(reader)
    tree = ast.parse((_FOLDER / f"{reader}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["OPTIONS"]:
            return ast.literal_eval(node.value)
    return {}
