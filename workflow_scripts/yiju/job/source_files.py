"""What the text of a Python file says: the hash of its code, and what it imports.

Hundreds of files are parsed for the code versions of one run, which takes seconds, so what was found is kept where
Python keeps its compiled files, by the bytes that it was found in.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from yiju.job import syntax_tree

PACKAGE = "yiju"
# How many files the one that is kept describes.
KEPT: dict[Path, int] = {}


@dataclass(frozen=True)
class Source:
    """code: hash of the syntax tree; inside, outside: imported modules of the package, and other top-level names."""

    code: str
    inside: frozenset[str]
    outside: frozenset[str]


@cache
def read_source(file: Path, scripts: Path) -> Source:
    """Read a file below the folder of the scripts."""
    text, place = file.read_bytes(), str(file.relative_to(scripts))
    key, known = hashlib.sha256(place.encode() + b"\0" + text).hexdigest(), _known(scripts)
    if key not in known:
        known[key] = _parsed(text, file, scripts)
    code, inside, outside = known[key]
    return Source(code, frozenset(inside), frozenset(outside))


def keep_sources(scripts: Path) -> None:
    """Write what was found of files; where the folder cannot be written, the next run finds it again."""
    known, kept = _known(scripts), _kept(scripts)
    if KEPT.get(kept) == len(known):
        return
    KEPT[kept] = len(known)
    with suppress(OSError):
        kept.parent.mkdir(exist_ok=True)
        temporary = kept.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(known), encoding="utf-8")
        temporary.replace(kept)


def _parsed(text: bytes, file: Path, scripts: Path) -> tuple[str, list[str], list[str]]:
    """One pass, after which the tree is dropped: hundreds of them would slow down whatever comes after."""
    tree = ast.parse(text, filename=str(file))
    inside, outside = set(), set()
    for node in ast.walk(tree):
        for name in _imported(node, file, scripts):
            if name.split(".")[0] == PACKAGE:
                parts = name.split(".")
                inside |= {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
            else:
                outside.add(name.split(".")[0])
    return hashlib.sha256(syntax_tree.canonical(tree).encode()).hexdigest(), sorted(inside), sorted(outside)


def _imported(node: ast.AST, file: Path, scripts: Path) -> list[str]:
    """Full names of what an import statement anywhere in a file may mean."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = _absolute(node, file, scripts)
        return [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return []


def _absolute(node: ast.ImportFrom, file: Path, scripts: Path) -> str:
    if not node.level:
        return node.module or ""
    package = file.relative_to(scripts).parent.parts
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


@cache
def _known(scripts: Path) -> dict[str, tuple[str, list[str], list[str]]]:
    """What is known of files, by the hash of place and bytes."""
    with suppress(OSError, ValueError):
        known = json.loads(_kept(scripts).read_text(encoding="utf-8"))
        if isinstance(known, dict):
            KEPT[_kept(scripts)] = len(known)
            return known
    return {}


@cache
def _kept(scripts: Path) -> Path:
    """The file for what this module and `yiju.job.syntax_tree` find: other code may find something else."""
    own = hashlib.sha256(b"".join(Path(file).read_bytes() for file in (__file__, syntax_tree.__file__)))
    return scripts / PACKAGE / "__pycache__" / f"sources-{own.hexdigest()[:16]}.json"
