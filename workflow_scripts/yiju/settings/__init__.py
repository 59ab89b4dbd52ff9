"""The configuration: validated before anything runs, so that a misspelt key costs seconds and not a training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError

from yiju.addresses import secret_in
from yiju.errors import YijuError
from yiju.settings.schema import Settings
from yiju.settings.section import Misplaced
from yiju.settings.variants import BASE, branches, merged, refused, repeated
from yiju.yaml_files import compose, traps, value_of

__all__ = ["Settings", "load"]


def load(config: dict, files: Sequence[str | Path]) -> Settings:
    """Validate a merged configuration, and every variant of it.

    files: the YAML files it was merged from, later ones overriding; only read to say where a wrong key stands.
    Raises YijuError with one line for each wrong key: its name, its file and line, what is wrong, what is allowed.
    """
    # Before anything repeats a value.
    try:
        secrets = list(_secrets(config, files))
    except RecursionError:
        said = "an alias (*name) stands inside the value (&name) that it repeats; write the value out"
        raise _invalid([said]) from None
    if secrets:
        raise _invalid(secrets)
    odd = [problem for file in files for problem in traps(compose(file), file)]
    if odd:
        raise _invalid(odd)
    try:
        settings = Settings.model_validate(config)
    except ValidationError as error:
        raise _invalid([_explain(problem, files) for problem in error.errors()]) from None
    problems = [line for name in settings.variants for line in _variant_problems(settings, name, files)]
    if not problems:
        problems = [_repetition(*pair, files) for pair in repeated(branches(settings))]
    if problems:
        raise _invalid(problems)
    return settings


def _secrets(value: object, files: Sequence[str | Path], path: tuple[str | int, ...] = ()) -> Iterator[str]:
    """A line for every address that holds a secret: a configuration is printed and recorded."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _secrets(inner, files, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _secrets(inner, files, (*path, number))
    elif isinstance(value, str) and (secret := secret_in(value)):
        yield f"{'.'.join(map(str, path))} ({_place([*path], files)}): the address holds {secret}; see docs/data.md"


def _variant_problems(settings: Settings, name: str, files: Sequence[str | Path]) -> list[str]:
    """What is wrong with a variant, a line each; its keys are named as they stand in the configuration."""
    override, root = settings.variants[name], ["variants", name]
    if name == BASE:
        return [f"{'.'.join(root)} ({_place(root, files)}): the run as configured bears this name; choose another"]
    problems = [
        f"{'.'.join([*root, *path])} ({_place([*root, *path], files)}): {why}" for path, why in refused(override)
    ]
    try:
        Settings.model_validate(merged(settings, override))
    except ValidationError as error:
        problems += [_explain(problem, files, root) for problem in error.errors()]
    return problems


def _repetition(branch: str, first: str, files: Sequence[str | Path]) -> str:
    name, other = (Path(folder).name or BASE for folder in (branch, first))
    path = ["variants", name]
    return f"{'.'.join(path)} ({_place(path, files)}): computes nothing that {other} does not compute as well"


def _invalid(lines: Sequence[str]) -> YijuError:
    return YijuError("the configuration is not valid\n" + "\n".join(f"  {line}" for line in lines))


def _explain(problem: dict, files: Sequence[str | Path], root: Sequence[str] = ()) -> str:
    """One line of a wrong key; root: where the keys of a variant hang in the configuration."""
    message = problem["msg"].removeprefix("Value error, ")
    path = [part for part in problem["loc"] if not _is_branch(part)]
    raised = problem.get("ctx", {}).get("error")
    if isinstance(raised, Misplaced):
        path += raised.keys
    elif not path and problem["type"] == "value_error":
        # A rule over several sections begins its message with the key.
        key, message = message.split(" ", 1)
        path = key.split(".")
    if problem["type"] == "invalid_key":
        path[-1] = problem["input"]
    written = [*root, *path]
    key = ".".join(map(str, written)) or "(top level)"
    place = _place(written, files)
    if problem["type"] == "invalid_key":
        return f"{key} ({place}): a key is a text{_quoted(problem['input'])}"
    if problem["type"] == "extra_forbidden":
        return f"{key} ({place}): no such key; allowed here: {', '.join(_allowed(path[:-1]))}"
    if problem["type"] == "missing":
        return f"{key}: missing; write it into {files[0] if files else 'config.yaml'}"
    if problem["input"] is None and problem["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return f"{key} ({place}): the section is empty; write its keys below it, or take the line out"
    shown = (
        ""
        if isinstance(problem["input"], dict | list) or isinstance(raised, Misplaced)
        else f"; found {problem['input']!r}"
    )
    return f"{key} ({place}): {message}{shown}{_hint(problem)}"


def _hint(problem: dict) -> str:
    """Snakemake reads numbers of nested --config values as text; a person sees a number there and wonders."""
    if problem["type"] in ("string_type", "literal_error", "string_sub_type") and not isinstance(
        problem["input"], str | list
    ):
        return _quoted(problem["input"])
    as_text = isinstance(problem["input"], str) and problem["type"] in {"int_type", "float_type", "bool_type"}
    return "; --config gives text inside a section: write it into a file for --configfile" if as_text else ""


def _quoted(value: object) -> str:
    """YAML takes some texts for other things: a name such as no, 2024 or 2024-05-01."""
    if value is None or isinstance(value, dict):
        return ""
    kind = "true or false" if isinstance(value, bool) else f"a {'number' if isinstance(value, int | float) else 'date'}"
    return f"; YAML takes it for {kind}: write it in quotes if it is a text"


def _is_branch(part: str | int) -> bool:
    """Whether a part of an error's location names a branch of a union, or the key of a table, which no file holds."""
    return part in ("bool", "[key]") or str(part).startswith(("literal[", "list[", "constrained-"))


def _allowed(path: list[str | int]) -> list[str]:
    """Keys of the section at `path`."""
    model = Settings
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


def _place(path: list[str | int], files: Sequence[str | Path]) -> str:
    """File and line of a key: in the last file that holds it, or in the nearest section around it."""
    for length in range(len(path), 0, -1):
        for file in reversed(files):
            line = _line(compose(file), path[:length])
            if line:
                return f"{file} line {line}"
    return "--config"


def _line(node: yaml.Node | None, path: list[str | int]) -> int | None:
    line = None
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
    return line


def _is_key(node: yaml.Node, part: str | int) -> bool:
    """Whether a key is the one of this name, or was taken for this value: `on` for True, 2024-05-01 for a date."""
    return node.value == str(part) or (isinstance(node, yaml.ScalarNode) and value_of(node) == part)
