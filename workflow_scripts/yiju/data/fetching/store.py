"""The folder of downloads: one name for each content, so that no two runs, corpora or jobs collide there."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from yiju.base.errors import YijuError
from yiju.base.files import fingerprint
from yiju.data.fetching.failures import Check

log = logging.getLogger(__name__)


def stored_at(downloads: str | Path, wanted: Mapping[str, Any]) -> Path:
    """Place of a remote file: its name after 16 digits of its checksum or, without one, of its address."""
    pinned = wanted["sha256"] or wanted.get("md5") or fingerprint(wanted["hub"], wanted["revision"], wanted["source"])
    name = PurePosixPath(wanted["source"].split("?")[0]).name
    return Path(downloads) / f"{pinned[:16]}-{name}"


def part_of(stored: Path) -> Path:
    """Where the part of a file lies that has come: beside it, under the user's number where another user began it."""
    part = stored.with_name(f"{stored.name}.part")
    return stored.with_name(f"{stored.name}.{os.getuid()}.part") if part.exists() and not _writable(part) else part


def whole(stored: Path, check: Check) -> bool:
    """Whether a stored file is there and, as far as `check` can find out, what was meant.

    Raises YijuError for a file that its owner does not let this user read.
    """
    if not stored.is_file():
        return False
    if not os.access(stored, os.R_OK):
        raise YijuError(
            f"{stored}: you may not read what {_owner(stored)} downloaded; have its owner run chmod a+r on it, or set "
            "corpora.downloads to a folder of your own"
        )
    problem = check(stored)
    if problem:
        log.warning("%s: %s; fetching it anew", stored, problem.text)
    return problem is None


def keep(part: Path, stored: Path) -> None:
    """Move a whole and checked file to its place in the store, safe from a loss of power.

    Where another user's file is in that place and is not this one's to replace, YijuError is raised.
    """
    with part.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.replace(part, stored)
    except PermissionError as error:
        raise _not_shared(stored, error) from None


@contextmanager
def claimed(stored: Path) -> Iterator[None]:
    """Keep other processes away while a file is brought; the claim ends with the process, however that ends.

    Other users of the folder may claim the file after that, whatever the umask of the first one. Raises YijuError where
    this user may not write in the folder.
    """
    stored.parent.mkdir(parents=True, exist_ok=True)
    with _opened(stored.with_name(f".{stored.name}.lock")) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("%s: another job is fetching it; waiting for that", stored)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _opened(lock: Path) -> IO[bytes]:
    """Open a lock file, and let all users of the folder open it when it is new: it never holds anything."""
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        os.fchmod(handle, 0o666)
    except FileExistsError:
        try:
            # Without O_CREAT, which some systems refuse for a file of another user in a folder with the sticky bit.
            handle = os.open(lock, os.O_RDWR if _writable(lock) else os.O_RDONLY)
        except PermissionError as error:
            raise _not_shared(lock, error) from None
    except PermissionError as error:
        raise _not_shared(lock, error) from None
    return os.fdopen(handle, "rb")


def _writable(file: Path) -> bool:
    return os.access(file, os.W_OK)


def _owner(file: Path) -> str:
    return f"the user with id {file.stat().st_uid}"


def _not_shared(file: Path, error: OSError) -> YijuError:
    """Why this user cannot write beside what another one downloaded, and what to do about it."""
    folder = file.parent
    return YijuError(
        f"{file}: {error.strerror}. The folder of downloads belongs to {_owner(folder)}, and not all who use it may "
        f"write there: chgrp TEAM {folder} and chmod 2775 {folder} let a team, or set corpora.downloads to a folder of "
        "your own"
    )
