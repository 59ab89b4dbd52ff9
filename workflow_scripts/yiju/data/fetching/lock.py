"""The lock file: SHA-256 of every download and of its members, written at the first arrival and checked from then on.

A line has an address, a member of the archive there (nothing for the archive itself) and a checksum, with TABs between
them. Lines are sorted, so that the file can be kept under version control and two of them be compared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yiju.base.addresses import shown
from yiju.base.errors import YijuError
from yiju.base.files import write_text
from yiju.base.types import SHA256
from yiju.data.fetching.store import claimed

TITLE = "# SHA-256 of downloads and of their members, written when they first arrived (docs/downloads.md)."
Pins = dict[tuple[str, str], str]


def address_of(wanted: Mapping[str, Any]) -> str:
    """What the lock file calls a download: its URL, or its place on the hub."""
    if wanted["hub"]:
        return f"hub:{wanted['hub']}@{wanted['revision']}/{wanted['source']}"
    return shown(wanted["source"])


def pinned(lock: Path | None, address: str) -> dict[str, str]:
    """Checksums of the first arrival of a download by member, that of the whole under ""; empty: it never arrived."""
    if lock is None:
        return {}
    return {member: value for (known, member), value in _read(lock).items() if known == address}


def pin(lock: Path, address: str, digests: Mapping[str, str]) -> None:
    """Add checksums of a download. What is pinned already stays as it is."""
    with claimed(lock):
        known = {(address, member): value for member, value in digests.items()} | _read(lock)
        lines = ["\t".join((*place, value)) for place, value in sorted(known.items())]
        write_text(lock, "\n".join([TITLE, *lines]) + "\n")


def _read(lock: Path) -> Pins:
    if not lock.is_file():
        return {}
    pins: Pins = {}
    for number, line in enumerate(lock.read_text(encoding="utf-8").split("\n"), start=1):
        if not line or line.startswith("#"):
            continue
        parts = line.split("\t")
        if len(parts) != 3 or not re.fullmatch(SHA256, parts[2]):
            raise YijuError(
                f"{lock} line {number}: expected address TAB member TAB SHA-256, as they were written; restore the "
                "line, or delete it to pin the download anew"
            )
        pins[parts[0], parts[1]] = parts[2]
    return pins
