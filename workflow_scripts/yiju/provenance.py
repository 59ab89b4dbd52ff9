"""What a result was made from: code versions, content fingerprints, and writes that are whole or absent."""

from __future__ import annotations

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
from functools import cache
from importlib import metadata
from pathlib import Path

from yiju.source import PACKAGE, keep_sources, read_source

SCRIPTS = Path(__file__).resolve().parent.parent
# As `tempfile` names them.
TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}(\.[^.]+)?")
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
# A new version of these may compute other numbers from the same code.
COMPUTES_WITH = {
    *("accelerate", "apex", "jieba", "numpy", "polars", "rapidfuzz", "scipy", "sklearn"),
    *("tokenizers", "torch", "transformers"),
}
# These fetch, check, store, show or draw what was computed.
COMPUTES_NOTHING = {
    *("certifi", "click", "fastapi", "huggingface_hub", "jinja2", "markupsafe", "matplotlib", "onnx", "onnxruntime"),
    *("pandas", "pycurl", "pydantic", "pynvml", "safetensors", "starlette", "tenacity"),
    *("threadpoolctl", "tqdm", "uvicorn", "yaml"),
}
DISTRIBUTION = {"sklearn": "scikit-learn"}
# The seam between the workflow and what it computes. These modules decide where, when and on which devices a result is
# computed, how a person is told of it, and how its file is written; they cannot change what it says. So a code version
# stops here: neither they nor what only they import counts. tests/unit/test_seam.py says what each may import.
SEAM = {
    "yiju.addresses",  # addresses as people may see them
    "yiju.console",  # the log and errors in the terminal
    "yiju.devices",  # which GPUs a job holds
    "yiju.errors",  # the error that a person can mend
    "yiju.fetching",  # transfers: the bytes are those that a checksum, a commit or the file's own content fixes
    "yiju.gpu_use",  # use of the GPU, for the timings
    "yiju.launch",  # the processes of a job, which get its arguments as they are
    "yiju.output_cache",  # results that runs share, which have the bytes of those that were computed
    "yiju.provenance",  # this file
    "yiju.queueing",  # what SLURM says of a job
    "yiju.shown",  # text of others for the terminal and the log
    "yiju.source",  # what a code version reads of a file
    "yiju.stage",  # what surrounds every rule's one call
    "yiju.syntax",  # the text that a code version is the hash of
    "yiju.training.forecast",  # how long a training will take, and whether the disk holds it
    "yiju.training.trackers",  # who shows the curves
    "yiju.training.usage",  # use of the GPUs, for the timings
}
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
    Path(written).chmod(0o666 & ~umask())
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
    package module that it imports, directly or not, up to the seam (`SEAM`), without comments, docstrings and spacing;
    the data files beside those modules; and the versions of the libraries that compute (`COMPUTES_WITH`) where one of
    them imports it. It is the same under every Python from 3.11 on.
    """
    files, libraries = reached(script, *modules)
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(SCRIPTS)}\0{read_source(file, SCRIPTS).code}\0".encode())
    for data in sorted({data for file in files if file.parent != SCRIPTS for data in _data_files(file)}):
        digest.update(f"{data.relative_to(SCRIPTS)}\0{sha256(data)}\0".encode())
    for library in sorted(libraries):
        digest.update(f"{library}=={_version(library)}\0".encode())
    return digest.hexdigest()[:16]


def reached(script: str, *modules: str) -> tuple[set[Path], set[str]]:
    """Files that a code version covers, and the libraries that they compute with."""
    files: set[Path] = set()
    libraries: set[str] = set()
    pending = [SCRIPTS / f"{script}.py", *(_module_file(name) for name in modules)]
    while pending:
        file = pending.pop()
        if file is None or file in files:
            continue
        files.add(file)
        source = read_source(file, SCRIPTS)
        libraries |= source.outside & COMPUTES_WITH
        pending += [_module_file(name) for name in source.inside if not in_seam(name)]
    keep_sources(SCRIPTS)
    return files, libraries


def in_seam(name: str) -> bool:
    """Whether a module, or a package that holds it, belongs to the seam.

    The package itself does: its `__init__` holds a version's number, and imports nothing before a user asks for it.
    """
    parts = name.split(".")
    return name == PACKAGE or any(".".join(parts[:end]) in SEAM for end in range(2, len(parts) + 1))


def library_versions() -> dict[str, str]:
    """Version of Python and of every installed distribution, for the run's record."""
    import platform

    installed = {dist.metadata["Name"].lower(): dist.version for dist in metadata.distributions()}
    return {"python": platform.python_version(), **dict(sorted(installed.items()))}


def umask() -> int:
    """The permissions that this process takes away from what it creates."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


@cache
def _version(library: str) -> str:
    """The installed version; some libraries are used only where they are installed."""
    try:
        return metadata.version(DISTRIBUTION.get(library, library))
    except metadata.PackageNotFoundError:
        return "not installed"


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
