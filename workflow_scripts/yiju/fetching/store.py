"""The folder of downloads: one name for each content, so that no two runs, corpora or jobs collide there."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from yiju.provenance import fingerprint, sha256

log = logging.getLogger(__name__)


def stored_at(downloads: str | Path, wanted: Mapping[str, str | None]) -> Path:
    """Place of a remote file: its name after 16 digits of its checksum or, without one, of its place on the hub."""
    pinned = wanted["sha256"] or fingerprint(wanted["hub"], wanted["revision"], wanted["source"])
    name = PurePosixPath(wanted["source"].split("?")[0]).name
    return Path(downloads) / f"{pinned[:16]}-{name}"


def whole(stored: Path, checksum: str | None) -> bool:
    """Whether a stored file is there and what was meant; without a checksum, being there is all that can be asked."""
    if not stored.is_file():
        return False
    found = sha256(stored) if checksum else None
    if found != checksum:
        log.warning("%s: its SHA-256 is %s, expected %s; fetching it anew", stored, found, checksum)
    return found == checksum


def keep(part: Path, stored: Path) -> None:
    """Move a whole and checked file to its place in the store, safe from a loss of power."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(part, stored)


@contextmanager
def claimed(stored: Path) -> Iterator[None]:
    """Keep other processes away while a file is brought; the claim ends with the process, however that ends."""
    stored.parent.mkdir(parents=True, exist_ok=True)
    with stored.with_name(f".{stored.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("%s: another job is fetching it; waiting for that", stored)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
