"""Checksums of the files that corpora and test sets are read from: verified before they are opened, and recorded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.base.files import sha256, write_json
from yiju.data.fetching.origin import origin


def record_sources(owner: str, files: Mapping[str, str | None], home: str, terms: str, out: str | Path) -> None:
    """Write bytes and SHA-256 of the files of a corpus or test set as JSON, under the owner's and the file's name.

    owner: such as corpora/LCQMC; files: paths, each with the SHA-256 that the configuration gives, or None; home,
    terms: where the publisher offers them and whose terms apply, for the message. Raises YijuError, and writes nothing,
    where a file is not the one that the configuration means.
    """
    contents = {f"{owner}/{Path(path).name}": _contents(Path(path), files[path], home, terms) for path in files}
    write_json(out, contents)


def _contents(path: Path, checksum: str | None, home: str, terms: str) -> dict:
    found = sha256(path)
    if checksum and found != checksum:
        raise YijuError(
            f"{path}: its SHA-256 is {found}, expected {checksum}; get the file again ({origin(home, terms)}), "
            "or correct `sha256` in the configuration if another version is meant"
        )
    return {"bytes": path.stat().st_size, "sha256": found}
