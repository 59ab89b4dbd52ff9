"""What a run was begun with: the same command goes on with it, another one must not touch it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yiju.base.errors import YijuError
from yiju.base.files import sha256, write_json

FILE, CONFIG = "train.json", "config.yaml"


def command_of(tables: Mapping[str, Path], options: Mapping[str, Any]) -> dict[str, Any]:
    """What the command asks for. tables: by split; options: by their names on the command line, those given only."""
    for path in tables.values():
        if not path.is_file():
            raise YijuError(f"{path}: {'this is a folder; name a file' if path.is_dir() else 'no such file'}")
    files = {split: {"file": str(path), "sha256": sha256(path)} for split, path in tables.items()}
    return {"tables": files, "options": dict(options)}


def goes_on(run: Path, command: Mapping[str, Any]) -> bool:
    """Whether a run was begun by the same command. run: its folder.

    Raises YijuError where there is a run that was begun otherwise.
    """
    if not (run / FILE).is_file():
        if run.exists() and any(run.iterdir()):
            raise YijuError(f"{run}: there is a run of this name that yiju train has not begun; {_other_name(run)}")
        return False
    found = json.loads((run / FILE).read_text(encoding="utf-8"))
    if found != command:
        raise YijuError(
            f"{run}: the run of this name was begun otherwise: {'; '.join(_differences(found, command))}. To go on "
            f"with it, give the first command again; to change it, edit {run / CONFIG}; {_other_name(run)}"
        )
    return (run / CONFIG).is_file()


def begin(run: Path, command: Mapping[str, Any]) -> None:
    """Write down what a run is begun with."""
    write_json(run / FILE, command)


def _other_name(run: Path) -> str:
    return f"to begin another one, give it another name with -o, or delete {run}"


def _differences(found: Mapping[str, Any], command: Mapping[str, Any]) -> list[str]:
    """What another command gave otherwise, a part of a sentence each."""
    before, now = found["options"], command["options"]
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    told = [f"--{name} was {_shown(before.get(name))} and is {_shown(now.get(name))}" for name in names]
    return [*told, *_other_tables(found["tables"], command["tables"])]


def _other_tables(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    told = []
    for split in {**before, **now}:
        one, other = before.get(split), now.get(split)
        if one is None or other is None or one["file"] != other["file"]:
            told.append(f"{split} was {one['file'] if one else 'none'} and is {other['file'] if other else 'none'}")
        elif one["sha256"] != other["sha256"]:
            told.append(f"{one['file']} has another content")
    return told


def _shown(value: Any) -> str:
    return "not given" if value is None else ", ".join(value) if isinstance(value, list) else str(value)
