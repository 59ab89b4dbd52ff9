"""The configuration: validated before anything runs, so that a misspelt key costs seconds and not a training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from yiju.base.addresses import secret_in
from yiju.base.errors import YijuError
from yiju.base.yaml_files import compose, traps
from yiju.config.defaults import CATALOGUE, with_catalogue
from yiju.config.messages import explained, place_of
from yiju.config.schema import Settings
from yiju.config.stages import repeated
from yiju.config.variants import BASE, branches, merged, refused

__all__ = ["Settings", "load"]


def load(config: dict, files: Sequence[str | Path]) -> Settings:
    """Validate a merged configuration, and every variant of it; what it leaves out has its default.

    files: the YAML files it was merged from, later ones overriding; only read to say where a wrong key stands.
    Raises YijuError with one line for each wrong key: its name, its file and line, what is wrong, what is allowed.
    """
    files = [CATALOGUE, *files]
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
        settings = Settings.model_validate(with_catalogue(config))
    except ValidationError as error:
        raise _invalid(explained(error.errors(), files)) from None
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
        place = f"{'.'.join(map(str, path))} ({place_of([*path], files)})"
        yield f"{place}: the address holds {secret}; see docs/downloads.md"


def _variant_problems(settings: Settings, name: str, files: Sequence[str | Path]) -> list[str]:
    """What is wrong with a variant, a line each; its keys are named as they stand in the configuration."""
    override, root = settings.variants[name], ["variants", name]
    if name == BASE:
        return [f"{'.'.join(root)} ({place_of(root, files)}): the run as configured bears this name; choose another"]
    found = [([*root, *path], why) for path, why in refused(override)]
    problems = [f"{'.'.join(map(str, path))} ({place_of(path, files)}): {why}" for path, why in found]
    try:
        Settings.model_validate(merged(settings, override))
    except ValidationError as error:
        problems += explained(error.errors(), files, root)
    return problems


def _repetition(branch: str, first: str, files: Sequence[str | Path]) -> str:
    name, other = (Path(folder).name or BASE for folder in (branch, first))
    path = ["variants", name]
    return f"{'.'.join(path)} ({place_of(path, files)}): computes nothing that {other} does not compute as well"


def _invalid(lines: Sequence[str]) -> YijuError:
    return YijuError("the configuration is not valid\n" + "\n".join(f"  {line}" for line in lines))
