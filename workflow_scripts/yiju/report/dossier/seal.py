"""The last line of a dossier, by which a change of any byte is found, and what the dossier records.

A checksum is no signature: who edits the file on purpose can write a new one. It must be kept elsewhere too, as
`yiju dossier` prints it.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from yiju.base.errors import YijuError


class Block(NamedTuple):
    """What stands before and after the record in the page."""

    begin: str
    end: str


RECORD = Block('<script type="application/json" id="dossier-record">', "</script>")
# How the ids of a dossier's own parts begin, one of them near the top of the page and others at its end.
_MARK = b'id="dossier'
_LAST = re.compile(rb"<!-- yiju dossier, SHA-256 of all bytes before this line: ([0-9a-f]{64}) -->\n\Z")


class NoDossierError(YijuError):
    """A file that nothing shows to be a dossier, whole or changed."""


def sealed(page: str) -> tuple[bytes, str]:
    """The bytes of a dossier, with its last line, and the checksum in it."""
    content = page.encode("utf-8")
    content += b"" if content.endswith(b"\n") else b"\n"
    total = hashlib.sha256(content).hexdigest()
    return content + f"<!-- yiju dossier, SHA-256 of all bytes before this line: {total} -->\n".encode(), total


def read_sealed(path: Path) -> dict[str, Any]:
    """What a dossier records, and its checksum as `sha256`.

    Raises YijuError where it was changed, and NoDossierError where it is none.
    """
    content = path.read_bytes()
    last = _LAST.search(content)
    if _MARK not in content:
        raise NoDossierError(f"{path}: this is no dossier; `yiju dossier RUN -o FILE.html` makes one of a finished run")
    if last is None:
        raise YijuError(f"{path}: it was changed after it was written: its last line is not the checksum of a dossier")
    if hashlib.sha256(content[: last.start()]).hexdigest() != last[1].decode():
        raise YijuError(
            f"{path}: it was changed after it was written: its bytes have another checksum than its last line"
        )
    text = content.decode("utf-8")
    start = text.index(RECORD.begin) + len(RECORD.begin)
    record = json.loads(text[start : text.index(RECORD.end, start)])
    return record | {"sha256": last[1].decode()}
