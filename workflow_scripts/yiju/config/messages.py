"""What is wrong with a configuration, a line for each key: its name, its place, what is wrong, what to write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from yiju.base.yaml_files import compose, value_of
from yiju.config.schema import Settings
from yiju.config.section import PATTERNS, SCIENTIFIC, Misplaced

# Where a key stands that no file holds.
GIVEN = "--config"
# What to do about a text where GIVEN was to give a number.
OF_GIVEN = "; --config gives text inside a section: write it into a file for --configfile"
EXPECTED = "Input should be "
# Of pydantic: a value of another kind than the key asks for.
OTHER_KIND = re.compile(r".*_type|literal_error|.*_parsing|int_from_float")
OF_SECTION = ("model_type", "model_attributes_type", "dict_type")


def explained(problems: Sequence[Any], files: Sequence[str | Path], root: Sequence[str] = ()) -> list[str]:
    """A line for each wrong key. problems: as pydantic lists them; root: where the keys of a variant hang."""
    grouped: dict[tuple, list[dict]] = {}
    for problem in problems:
        grouped.setdefault((*_path(problem), problem["type"] == "invalid_key"), []).append(problem)
    # Where a key may be a list or a word, and a part of the list is wrong, that it is not the word is no news.
    paths = [path for *path, _ in grouped]
    told = [
        _line_of(group, files, root)
        for (*path, _), group in grouped.items()
        if not (_is_choice(group) and any(other[: len(path)] == path != other for other in paths))
    ]
    return [line for line in told if line]


def place_of(path: Sequence[str | int], files: Sequence[str | Path], value: object = None) -> str:
    """File and line of a key: in the last file that holds it, or in the nearest section around it.

    value: that of the key, where it is known: a text that the file does not hold there was given by --config.
    """
    for length in range(len(path), 0, -1):
        for file in reversed(files):
            found = _found(compose(file), path[:length])
            if found:
                line, node = found
                whole = length == len(path) and isinstance(value, str) and isinstance(node, yaml.ScalarNode)
                return GIVEN if whole and value_of(node) != value else f"{file} line {line}"
    return GIVEN


def _line_of(group: Sequence[dict], files: Sequence[str | Path], root: Sequence[str]) -> str:
    # A value that fits one kind and is wrong there is not of the other kinds that the key may have.
    group = [one for one in group if not OTHER_KIND.fullmatch(one["type"])] or group
    problem, message = group[0], _message(group)
    path = list(_path(problem))
    raised = problem.get("ctx", {}).get("error")
    if isinstance(raised, Misplaced):
        path += raised.keys
    elif not path and problem["type"] == "value_error":
        # A rule over several sections begins its message with the key.
        key, message = message.split(" ", 1)
        path = [*key.split(".")]
    if problem["type"] == "invalid_key":
        path[-1] = problem["input"]
    written = [*root, *path]
    key, place = ".".join(map(str, written)) or "(top level)", place_of(written, files, problem["input"])
    if problem["type"] == "invalid_key":
        return f"{key} ({place}): a key is a text{_quoted(problem['input'])}"
    if problem["type"] == "extra_forbidden":
        return f"{key} ({place}): no such key; allowed here: {', '.join(_allowed(path[:-1]))}"
    if problem["type"] == "missing":
        return f"{key} ({place}): missing; write it there"
    if problem["type"] in OF_SECTION:
        return f"{key} ({place}): {_of_section(problem, path)}"
    if problem["input"] is None and OTHER_KIND.fullmatch(problem["type"]):
        return f"{key} ({place}): no value is given; write one, or take the line out. {message}"
    shown = isinstance(problem["input"], dict | list) or isinstance(raised, Misplaced)
    found = "" if shown else f"; found {problem['input']!r}"
    return f"{key} ({place}): {message}{found}{_hint(group, place)}"


def _path(problem: dict) -> tuple[str | int, ...]:
    return tuple(part for part in problem["loc"] if not _is_branch(part))


def _is_choice(group: Sequence[dict]) -> bool:
    """Whether nothing is said but that a value is not one of some words."""
    return all(one["type"] == "literal_error" for one in group)


def _message(group: Sequence[dict]) -> str:
    """What is wrong, once for all kinds of value that a key may have."""
    messages = list(dict.fromkeys(_plain(one) for one in group))
    return messages[0] + "".join(f" or {message.removeprefix(EXPECTED)}" for message in messages[1:])


def _plain(problem: dict) -> str:
    if problem["type"] == "string_pattern_mismatch":
        return PATTERNS.get(problem["ctx"]["pattern"], problem["msg"])
    return problem["msg"].removeprefix("Value error, ")


def _of_section(problem: dict, path: Sequence[str | int]) -> str:
    if problem["input"] is None:
        return "the section is empty; write its keys below it, or take the line out"
    keys = _allowed(path)
    example = f"; write {{enabled: {str(problem['input']).lower()}}}" if "enabled" in keys else ""
    known = "its keys: " + ", ".join(keys) if keys else "keys with values"
    switch = example if isinstance(problem["input"], bool) else ""
    return f"a section is expected here ({known}), found {problem['input']!r}{switch}"


def _hint(group: Sequence[dict], place: str) -> str:
    """What a person does not see: how YAML, or Snakemake's --config, took the value."""
    problem = group[0]
    kinds, value = {one["type"] for one in group}, problem["input"]
    if kinds & {"string_type", "literal_error", "string_sub_type"} and not isinstance(value, str | list):
        return _quoted(value)
    if "list_type" in kinds and isinstance(value, str):
        return f"; write a list: [{value}]"
    if not isinstance(value, str) or not kinds & {"int_type", "float_type", "bool_type"}:
        return ""
    if place == GIVEN:
        return OF_GIVEN
    if "bool_type" in kinds:
        return "; write true or false, without quotes" if _reads_as(value, bool) else ""
    if SCIENTIFIC.fullmatch(value):
        return f"; write the whole number out: {float(value):.0f}" if float(value).is_integer() else ""
    return "; write the number without quotes" if _reads_as(value, int | float) else ""


def _reads_as(text: str, kind: Any) -> bool:
    """Whether YAML takes a text for a value of a kind, where it is not in quotes."""
    try:
        return isinstance(yaml.safe_load(text), kind)
    except yaml.YAMLError:
        return False


def _quoted(value: object) -> str:
    """YAML takes some texts for other things: a name such as no, 2024 or 2024-05-01."""
    if value is None or isinstance(value, dict):
        return ""
    kind = "true or false" if isinstance(value, bool) else f"a {'number' if isinstance(value, int | float) else 'date'}"
    return f"; YAML takes it for {kind}: write it in quotes if it is a text"


def _is_branch(part: str | int) -> bool:
    """Whether a part of an error's location names a branch of a union, or the key of a table, which no file holds."""
    return part in ("bool", "[key]") or str(part).startswith(("literal[", "list[", "constrained-", "function-"))


def _allowed(path: Sequence[str | int]) -> list[str]:
    """Keys of the section at `path`."""
    model: type[BaseModel] = Settings
    for part in path:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        # A name inside a catalogue is the user's own: stay with the catalogue's entries.
        model = _section(field.annotation) if field else model
    return list(model.model_fields)


def _section(annotation: object) -> type[BaseModel]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = [_section(part) for part in getattr(annotation, "__args__", ())]
    return next((part for part in inner if part is not BaseModel), BaseModel)


def _found(node: yaml.Node | None, path: Sequence[str | int]) -> tuple[int, yaml.Node] | None:
    """Line and value of a key in a file."""
    line = 0
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if _is_key(pair[0], part)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = (node.value[part], node.value[part])
        else:
            found = None
        if found is None:
            return None
        line, node = found[0].start_mark.line + 1, found[1]
    return (line, node) if node else None


def _is_key(node: yaml.Node, part: str | int) -> bool:
    """Whether a key is the one of this name, or was taken for this value: `on` for True, 2024-05-01 for a date."""
    return node.value == str(part) or (isinstance(node, yaml.ScalarNode) and value_of(node) == part)
