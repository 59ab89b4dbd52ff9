"""Calling the command line from tests: `yiju_log` and `marked_model` of conftest.py go with it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from yiju.app.cli import main

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def run(*arguments: object, status: int = 0) -> None:
    """Call a subcommand, which must end with an exit status."""
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert (end.value.code or 0) == status


def lines(path: Path) -> list[Any]:
    """Values of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def run_folder(folder, value, seed, **others):
    (folder / "sets/dev").mkdir(parents=True)
    (folder / "config.resolved.yaml").write_text(
        f"seed: {seed}\nfinetune: {{fgm: {{enabled: false}}}}\n", encoding="utf-8"
    )
    figures = {"accuracy.model": value, "accuracy.model.low": value - 0.02, "accuracy.model.high": value + 0.02}
    (folder / "sets/dev/metrics.json").write_text(json.dumps(figures | others), encoding="utf-8")
    return folder
