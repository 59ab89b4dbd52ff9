"""What a result was made from: code versions, content fingerprints, and writes that are whole or absent."""

from __future__ import annotations

import ast
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent
PACKAGE = "yiju"
# As `tempfile` names them.
TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}(\.[^.]+)?")
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
# A new version of these may compute other numbers from the same code.
COMPUTES_WITH = {"torch", "transformers", "tokenizers", "accelerate", "jieba", "sklearn", "polars"}
DISTRIBUTION = {"sklearn": "scikit-learn"}
# Files beside a package that its result depends on, though no import names them.
DATA_SUFFIXES = {".html", ".css", ".js", ".md"}


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that replaces it when the block ends well, and vanishes otherwise.

    A killed process leaves it behind, unlocked; see `abandoned`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    temporary = Path(name)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield temporary
        publish(temporary, path)
    except OSError as error:
        # A write that finds no room knows no name.
        if error.errno in NO_ROOM and error.filename in (None, str(temporary)):
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise
    finally:
        temporary.unlink(missing_ok=True)
        os.close(handle)


def abandoned(folder: str | Path) -> list[Path]:
    """Temporary files below a folder that nobody writes any more, in order."""
    found = sorted(file for file in Path(folder).rglob(".*") if TEMPORARY.fullmatch(file.name) and file.is_file())
    return [file for file in found if not is_locked(file)]


def is_locked(file: Path) -> bool:
    """Whether a process holds a lock (flock) on a file."""
    with file.open("rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def publish(written: str | Path, path: str | Path) -> None:
    """Put a finished file in its place: on disk before it is seen, and to be read by whom the umask lets."""
    with Path(written).open("rb") as file:
        os.fsync(file.fileno())
    Path(written).chmod(0o666 & ~_umask())
    os.replace(written, path)


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text atomically, newlines as they are."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def copy_file(source: str | Path, path: str | Path) -> None:
    """Copy a file atomically."""
    with atomic(path) as temporary:
        shutil.copyfile(source, temporary)


def write_json(path: str | Path, value: object) -> None:
    """Write `value` as indented, key-sorted JSON, so that two runs differ only where their values do."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n")


def sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(*values: object) -> str:
    """Sixteen hexadecimal digits that name a set of JSON-able values."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def code_version(script: str, *modules: str) -> str:
    """Name the code that a rule runs, so that Snakemake reruns the rule when, and only when, it changes.

    script: name of the rule's script without suffix; modules: package modules that it picks at run time (a reader, an
    attribution method) and that no import statement names. The hash covers the syntax trees of the script and of every
    package module that it imports, directly or not, without comments, docstrings and spacing; the data files beside
    those modules; and the versions of the libraries that compute (torch and its kin) where one of them imports it.
    """
    files, libraries = set(), set()
    pending = [SCRIPTS / f"{script}.py", *(_module_file(name) for name in modules)]
    while pending:
        file = pending.pop()
        if file is None or file in files:
            continue
        files.add(file)
        source = _source(file)
        libraries |= source.outside & COMPUTES_WITH
        pending += [_module_file(name) for name in source.inside]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(SCRIPTS)}\0{_source(file).code}\0".encode())
    for data in sorted({data for file in files if file.parent != SCRIPTS for data in _data_files(file)}):
        digest.update(f"{data.relative_to(SCRIPTS)}\0{sha256(data)}\0".encode())
    for library in sorted(libraries):
        digest.update(f"{library}=={_version(library)}\0".encode())
    return digest.hexdigest()[:16]


def library_versions() -> dict[str, str]:
    """Version of Python and of every installed distribution, for the run's record."""
    import platform

    installed = {dist.metadata["Name"].lower(): dist.version for dist in metadata.distributions()}
    return {"python": platform.python_version(), **dict(sorted(installed.items()))}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@cache
def _version(library: str) -> str:
    return metadata.version(DISTRIBUTION.get(library, library))


@cache
def _module_file(name: str) -> Path | None:
    base = SCRIPTS.joinpath(*name.split("."))
    for candidate in (base / "__init__.py", base.with_suffix(".py")):
        if candidate.is_file():
            return candidate
    return None


@cache
def _data_files(file: Path) -> tuple[Path, ...]:
    if file.name != "__init__.py" or file.parent == SCRIPTS / PACKAGE:
        return ()
    return tuple(data for data in file.parent.iterdir() if data.suffix in DATA_SUFFIXES)


@dataclass(frozen=True)
class Source:
    """What a file's text says: hash of its code, package modules and top-level names of other libraries it imports."""

    code: str
    inside: frozenset[str]
    outside: frozenset[str]


@cache
def _source(file: Path) -> Source:
    """One pass, after which the tree is dropped: hundreds of them would slow down whatever comes after."""
    tree = ast.parse(file.read_text(encoding="utf-8"), filename=str(file))
    inside, outside = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            _drop_docstring(node)
        for name in _imported(node, file):
            if name.split(".")[0] == PACKAGE:
                parts = name.split(".")
                inside |= {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
            else:
                outside.add(name.split(".")[0])
    return Source(hashlib.sha256(ast.dump(tree).encode()).hexdigest(), frozenset(inside), frozenset(outside))


def _drop_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and type(first.value.value) is str:
        node.body = node.body[1:] or [ast.Pass()]


def _imported(node: ast.AST, file: Path) -> list[str]:
    """Full names of what an import statement anywhere in a file may mean."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = _absolute(node, file)
        return [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return []


def _absolute(node: ast.ImportFrom, file: Path) -> str:
    if not node.level:
        return node.module or ""
    package = file.relative_to(SCRIPTS).parent.parts
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])
