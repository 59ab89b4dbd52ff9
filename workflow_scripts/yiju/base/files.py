"""Atomic writes, checksums and fingerprints of files."""

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
from pathlib import Path

# As `tempfile` names them.
TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}(\.[^.]+)?")
# Endings of files that are compressed by themselves.
COMPRESSED = (".gz", ".xz", ".bz2")
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


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
    """Put a finished file in its place: on disk before it is seen, with the permissions that the umask leaves."""
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


def why_no_file(path: str | Path) -> str:
    """Why there is no file of this name that could be read."""
    return "this is a folder" if Path(path).is_dir() else "no such file"


def sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(*values: object) -> str:
    """Sixteen hexadecimal digits that name a set of JSON-able values."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def umask() -> int:
    """The permissions that this process takes away from what it creates."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
