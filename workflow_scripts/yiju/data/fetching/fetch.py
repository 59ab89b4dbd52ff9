"""A remote corpus file or test set from where the configuration says, whole and checked, or not at all."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from yiju.base.addresses import shown
from yiju.base.errors import YijuError
from yiju.base.files import copy_file
from yiju.data.fetching.checksums import WHOLE, digests, members_of, problem_of
from yiju.data.fetching.failures import Check, Problem, Unavailable
from yiju.data.fetching.lock import address_of, pin, pinned
from yiju.data.fetching.origin import origin
from yiju.data.fetching.second import combine, second_sources
from yiju.data.fetching.store import claimed, stored_at, whole

log = logging.getLogger(__name__)


def fetch(
    wanted: Mapping[str, Any],
    out: str | Path,
    downloads: str | Path,
    mirrors: Sequence[str] = (),
    home: str | None = None,
    terms: str | None = None,
    lock: str | Path | None = None,
) -> None:
    """Bring a file to `out`; it appears there only when it is whole and its checksum right.

    Parameters as of `bring`. Compressed files stay as they are: the readers open them in place.
    """
    came = bring(wanted, downloads, mirrors, home, terms, lock)
    if isinstance(came, Path):
        # A copy, no hard link: its time of change is its own, and a file edited in place is not the store's.
        copy_file(came, out)
    else:
        combine(came, out)
    log.info("%s: %d bytes from %s", out, Path(out).stat().st_size, shown(wanted["source"]))


def bring(
    wanted: Mapping[str, Any],
    downloads: str | Path,
    mirrors: Sequence[str] = (),
    home: str | None = None,
    terms: str | None = None,
    lock: str | Path | None = None,
) -> Path | dict[str, Path]:
    """Bring a file into the store; returns its place there or, where its second source was taken, those of its members.

    wanted: what defines the content: `source` (an http(s) URL, or a path inside a hub dataset), `sha256` or `md5` of
    the file as stored (a URL must have one, or all its members), `hub` and `revision` (the dataset and its commit, or
    None), `members` (what is read of an archive, each with its checksums and its `second` source, or None).
    ${NAME} in a URL stands for a value of the environment; no message and no log shows a secret of a URL.
    downloads: folder that keeps what came over the network: what lies there with the right checksum, fetched earlier or
    put there by hand, is taken without any; mirrors: other URLs, tried in this order after the first; home, terms:
    where the publisher offers it and whose terms apply, for the messages; lock: file that pins what arrived first, or
    None. Raises YijuError that says what happened and what to do.
    """
    locked = Path(lock) if lock else None
    seconds = second_sources(wanted)
    if seconds and not stored_at(downloads, wanted).is_file() and _all_there(downloads, seconds):
        log.warning("%s: taken from its second source, which was fetched earlier", shown(wanted["source"]))
        return {member: _kept(one, downloads, (), origin(home, terms), locked) for member, one in seconds.items()}
    try:
        return _kept(wanted, downloads, mirrors, origin(home, terms), locked)
    except Unavailable as error:
        if not seconds:
            raise
        first = str(error)
    log.warning("%s", first)
    log.warning(
        "%s: next is its second source, %s", shown(wanted["source"]), ", ".join(map(address_of, seconds.values()))
    )
    try:
        return {member: _kept(one, downloads, (), origin(home, terms), locked) for member, one in seconds.items()}
    except YijuError as error:
        raise YijuError(f"{first}. The second source: {error}") from None


def is_kept(wanted: Mapping[str, Any], downloads: str | Path) -> bool:
    """Whether a file, or all that its second source has of it, lies in the store."""
    return stored_at(downloads, wanted).is_file() or _all_there(downloads, second_sources(wanted))


def _all_there(downloads: str | Path, seconds: Mapping[str, Mapping[str, Any]]) -> bool:
    return bool(seconds) and all(stored_at(downloads, one).is_file() for one in seconds.values())


def _kept(
    wanted: Mapping[str, Any], downloads: str | Path, mirrors: Sequence[str], where: str, lock: Path | None
) -> Path:
    """The place of a file in the store, where it is whole, checked and pinned."""
    stored, address = stored_at(downloads, wanted), address_of(wanted)

    def check(path: Path) -> Problem | None:
        return problem_of(path, wanted, pinned(lock, address), lock)

    if not whole(stored, check):
        with claimed(stored):
            # Whoever held the claim before may have brought it.
            if not whole(stored, check):
                log.info("%s: fetching it (%s)", address, where)
                _bring(wanted, mirrors, check, stored, where)
    if lock and {WHOLE, *members_of(wanted)} - pinned(lock, address).keys():
        pin(lock, address, digests(stored, wanted))
    return stored


def _bring(wanted: Mapping[str, Any], mirrors: Sequence[str], check: Check, stored: Path, where: str) -> None:
    source = wanted["source"]
    by_hand = f"or get the file by hand ({where}) and put it at {stored}: then no network is needed"
    # Either way loads its own libraries.
    if wanted["hub"]:
        from yiju.data.fetching.hub import download_from_hub

        download_from_hub(wanted["hub"], wanted["revision"], source, check, stored, by_hand)
    elif not _is_checked(wanted):
        raise YijuError(
            f"{shown(source)}: a URL needs its `sha256` in the configuration, so that what arrives is what was meant"
        )
    else:
        from yiju.data.fetching.download import download

        download([source, *mirrors], check, stored, by_hand)


def _is_checked(wanted: Mapping[str, Any]) -> bool:
    members = wanted.get("members") or []
    of_members = bool(members) and all(one["member_sha256"] or one["member_md5"] for one in members)
    return bool(wanted["sha256"] or wanted.get("md5") or of_members)
