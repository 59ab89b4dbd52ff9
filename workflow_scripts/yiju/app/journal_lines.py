"""Lines of a journal: how each one is written and summed, and whether a file still holds them as they were written.

What writes them is `app/web/journal.py`; checking them needs no server.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from yiju.base.errors import YijuError

# What the first line names as the checksum of the line before it.
NONE = "0" * 64
KEYS = {"number", "time", "path", "model", "asked", "answered", "before", "sha256"}


class End(NamedTuple):
    """Where a journal ends: the number of its lines, and the checksum of the last one."""

    number: int
    sha256: str


def read_journal(path: Path) -> End:
    """Where an unchanged journal ends. Raises YijuError that names the first line that is not as it was written."""
    end = End(0, NONE)
    for number, text in _lines(path):
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict) or set(line) != KEYS:
            raise YijuError(f"{path} line {number}: no line of a journal, or one that was cut off")
        written = line.pop("sha256")
        if written != line_sum(line) or line_text(line | {"sha256": written}) != text:
            raise YijuError(f"{path} line {number}: it was changed after it was written")
        if (line["number"], line["before"]) != (end.number + 1, end.sha256):
            raise YijuError(f"{path} line {number}: the line before it was taken out, put in or moved")
        end = End(number, written)
    return end


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            if not text.endswith(b"\n"):
                raise YijuError(f"{path} line {number}: it was cut off; keep the file, and begin a new journal")
            yield number, text.removesuffix(b"\n")


def line_text(line: Mapping[str, Any]) -> bytes:
    """A line as it is written, without its end."""
    return json.dumps(line, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")


def line_sum(line: Mapping[str, Any]) -> str:
    """The checksum of a line that does not hold it yet."""
    return hashlib.sha256(line_text(line)).hexdigest()
