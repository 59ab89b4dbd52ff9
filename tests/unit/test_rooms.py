"""The rooms of the package: ten, whose imports point down only, with no file name in two of them without need."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from projects import ROOT

PACKAGE = ROOT / "workflow_scripts" / "yiju"
# A module of a room imports from its own room and from those before it.
ROOMS = ("base", "config", "job", "data", "models", "training", "explain", "evaluation", "report", "app")


def modules() -> dict[str, Path]:
    """Files of the package by their import names."""
    named = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
        named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return named


def imported(file: Path, known: dict[str, Path]) -> set[str]:
    """Modules of the package that import statements anywhere in a file name."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: a relative import"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names if names <= set(known) else {node.module or ""}
    return {name for name in found if name.split(".")[0] == "yiju"}


def room(name: str) -> str | None:
    parts = [*name.split("."), ""]
    return parts[1] if parts[1] in ROOMS else None


def test_nothing_but_the_rooms_lies_at_the_top_of_the_package():
    top = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert top == {"__init__.py", "__init__.pyi", "__main__.py", "py.typed", *ROOMS}


def test_imports_point_down_only():
    known = modules()
    upward = {
        f"{name} -> {other}"
        for name, file in known.items()
        for other in imported(file, known)
        if room(name) and room(other) and ROOMS.index(str(room(other))) > ROOMS.index(str(room(name)))
    }
    assert upward == set()


def test_no_file_name_occurs_twice_in_the_package():
    # A command's file bears the name of the command.
    names = Counter(
        file.name for file in modules().values() if file.name != "__init__.py" and file.parent.name != "cli"
    )
    assert {name for name, count in names.items() if count > 1} == set()


def test_the_picture_and_the_table_of_the_architecture_name_what_is_there():
    picture = (ROOT / "docs/pictures/architecture.svg").read_text(encoding="utf-8")
    assert re.findall(r'class="name"[^>]*>(\w+)<', picture) == list(reversed(ROOMS))
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = {name for room in ROOMS for name in re.findall(rf"`({room}/[\w/.]*)`", page)}
    assert len(named) > 40
    assert {name for name in named if not (PACKAGE / name).exists()} == set()
