"""A remote corpus file or test set from where the configuration says, whole and checked, or not at all."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from yiju.base.addresses import cleaned, shown
from yiju.base.errors import YijuError
from yiju.base.files import copy_file
from yiju.data.fetching.store import claimed, stored_at, whole

log = logging.getLogger(__name__)


def fetch(
    wanted: Mapping[str, Any],
    out: str | Path,
    downloads: str | Path,
    mirrors: Sequence[str] = (),
    home: str | None = None,
    terms: str | None = None,
) -> None:
    """Bring a file to `out`; it appears there only when it is whole and its checksum right.

    wanted: what defines the content: `source` (an http(s) URL, or a path inside a hub dataset), `sha256` of the file as
    stored (a URL must have one), `hub` and `revision` (the dataset and its commit, or None).
    ${NAME} in a URL stands for a value of the environment; no message and no log shows a secret of a URL.
    downloads: folder that keeps what came over the network: what lies there with the right checksum, fetched earlier or
    put there by hand, is taken without any; mirrors: other URLs, tried in this order after the first; home, terms:
    where the publisher offers it and whose terms apply, for the messages. Compressed files stay as they are: the
    readers open them in place. Raises YijuError that says what happened and what to do.
    """
    checksum, stored = wanted["sha256"], stored_at(downloads, wanted)
    if not whole(stored, checksum):
        with claimed(stored):
            # Whoever held the claim before may have brought it.
            if not whole(stored, checksum):
                _bring(wanted, mirrors, stored, origin(home, terms))
    # A copy, no hard link: its time of change is its own, and a file edited in place is not the store's.
    copy_file(stored, out)
    log.info("%s: %d bytes from %s", out, Path(out).stat().st_size, shown(wanted["source"]))


def origin(home: str | None, terms: str | None) -> str:
    """Where a person gets a file and whose terms apply, as far as the configuration says."""
    known = (f"publisher: {cleaned(home)}" if home else "", f"terms: {cleaned(terms)}" if terms else "")
    return "; ".join(filter(None, known)) or "the publisher's terms apply"


def _bring(wanted: Mapping[str, Any], mirrors: Sequence[str], stored: Path, where: str) -> None:
    source, checksum = wanted["source"], wanted["sha256"]
    by_hand = f"or get the file by hand ({where}) and put it at {stored}: then no network is needed"
    # Either way loads its own libraries.
    if wanted["hub"]:
        from yiju.data.fetching.hub import download_from_hub

        download_from_hub(wanted["hub"], wanted["revision"], source, checksum, stored, by_hand)
    elif not checksum:
        raise YijuError(
            f"{shown(source)}: a URL needs its `sha256` in the configuration, so that what arrives is what was meant"
        )
    else:
        from yiju.data.fetching.download import download

        download([source, *mirrors], checksum, stored, by_hand)
