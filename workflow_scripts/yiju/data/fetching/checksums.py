"""Whether a file is the one that is meant: by checksums that its publisher gives, and by those of its first arrival.

An archive whose own bytes differ is still the one that is meant if all members that are read from it are known by a
checksum and have not changed: some servers make archives anew for every request.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yiju.base.errors import YijuError
from yiju.base.files import sha256
from yiju.data.corpora.raw_files import RawFile, read_chunks
from yiju.data.fetching.failures import Problem

log = logging.getLogger(__name__)
NAMES = {"sha256": "SHA-256", "md5": "MD5"}
# In the digests of a file, stands for the file as a whole.
WHOLE = ""
PIECE = 1 << 20


def members_of(wanted: Mapping[str, Any]) -> list[str]:
    """Members of an archive that are read; none of a file that is no archive."""
    return [one["member"] for one in wanted.get("members", ()) if one["member"]]


def digests(path: Path, wanted: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 of a file, under WHOLE, and of the content of its members. Raises YijuError where one is missing."""
    return {WHOLE: sha256(path)} | {one: member_digest(path, one, "sha256") for one in members_of(wanted)}


def member_digest(path: Path, member: str, kind: str) -> str:
    """Checksum of the content of one member, in hexadecimal."""
    found = hashlib.new(kind, usedforsecurity=False)
    for data in read_chunks(RawFile(path, member), PIECE):
        found.update(data)
    return found.hexdigest()


def problem_of(path: Path, wanted: Mapping[str, Any], pins: Mapping[str, str], lock: Path | None) -> Problem | None:
    """Why a file is not what is meant; None where it is.

    wanted: `sha256` or `md5` of the file (both may be None), and `members`, each with `member`, `member_sha256` and
    `member_md5`; pins: digests of its first arrival, empty if it never arrived; lock: the file that holds them.
    """
    try:
        problem = _against_publisher(path, wanted, pins)
        if not problem and pins:
            problem = _against_lock(path, wanted, pins, lock)
        if problem:
            return problem
        # Whether they are there and can be read.
        for member in (one for one in members_of(wanted) if one not in pins):
            member_digest(path, member, "sha256")
        return None
    except YijuError as error:
        return Problem(str(error), "get it again, or correct the names of members if another version is meant")


def _against_publisher(path: Path, wanted: Mapping[str, Any], pins: Mapping[str, str]) -> Problem | None:
    kind = "sha256" if wanted["sha256"] else "md5"
    expected, known = wanted.get(kind), _known_members(wanted, pins)
    if not expected and not known:
        return None
    found = _digest(path, kind)
    if found == expected:
        return None
    told = f"its {NAMES[kind]} is {found}, expected {expected}" if expected else "it is an archive"
    key = kind if expected else "member_sha256"
    remedy = f"correct `{key}` if this version is meant"
    if not known:
        return Problem(told, remedy)
    try:
        changed = _changed(path, known)
    except YijuError as error:
        return Problem(f"{told}, and its members cannot be read ({error})", remedy)
    if changed:
        return Problem(f"{told}, and of its members other bytes than expected: {', '.join(changed)}", remedy)
    if expected:
        log.warning("%s: %s; it is taken, because all its members are the ones that are meant", path.name, told)
    return None


def _known_members(wanted: Mapping[str, Any], pins: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Kind and value of the checksum of every member; empty unless all of them are known by one."""
    known = {}
    for one in wanted.get("members", ()):
        kinds = {"sha256": one["member_sha256"] or pins.get(one["member"] or WHOLE), "md5": one["member_md5"]}
        found = next(((kind, value) for kind, value in kinds.items() if value), None)
        if not one["member"] or not found:
            return {}
        known[one["member"]] = found
    return known


def _against_lock(path: Path, wanted: Mapping[str, Any], pins: Mapping[str, str], lock: Path | None) -> Problem | None:
    found = sha256(path)
    if found == pins.get(WHOLE, found):
        return None
    pinned = {member: ("sha256", pins[member]) for member in members_of(wanted) if member in pins}
    changed = _changed(path, pinned)
    if len(pinned) == len(members_of(wanted)) > 0 and not changed:
        return None
    what = f"of its members changed: {', '.join(changed)}" if changed else f"its SHA-256 is {found}"
    return Problem(
        f"it is no longer what arrived first ({what}; {lock} pins {pins[WHOLE]})",
        f"if the publisher has corrected it and this version is meant, delete its lines from {lock}; "
        "results of earlier runs then rest on other data",
        locked=True,
    )


def _changed(path: Path, known: Mapping[str, tuple[str, str]]) -> list[str]:
    return [member for member, (kind, value) in known.items() if member_digest(path, member, kind) != value]


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()
