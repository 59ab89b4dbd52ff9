"""Rationales as JSON lines, one an item, in order of the set."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from yiju.base.files import write_text
from yiju.explain.rationales.fusion import Choice


def read_rationales(path: str) -> list[dict]:
    """Lines of faithful or harmonised rationales."""
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").split("\n") if line]


def to_choice(line: dict) -> Choice:
    """Label and ranked indices of a line."""
    return Choice(line["label"], tuple(line["q"]), tuple(line["t"]))


def read_choices(path: str) -> dict[str, Choice]:
    """Label and ranked indices by item."""
    return {line["item"]: to_choice(line) for line in read_rationales(path)}


def write_rationales(path: str, lines: Sequence[dict]) -> None:
    """Write the lines, atomically."""
    write_text(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
