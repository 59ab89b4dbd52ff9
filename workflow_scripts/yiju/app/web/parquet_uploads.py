"""A Parquet table that a stranger sends: read by a program of its own, within bounds, as JSON lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.data.corpora import parquet_lines

# Seconds: of a busy machine the program gets a part.
PATIENCE = 5 * parquet_lines.MOST_SECONDS


def write_lines(file: Path, rows: int) -> Path:
    """Write the first rows of a table beside it, as JSON lines with all columns, and return that file.

    Raises YijuError for what is no Parquet table, is damaged, or holds more than `parquet_lines` reads.
    """
    out = file.with_suffix(".jsonl")
    command = [sys.executable, "-P", parquet_lines.__file__, str(file), str(rows)]
    with out.open("wb") as opened:
        try:
            ended = subprocess.run(
                command, stdout=opened, stderr=subprocess.DEVNULL, check=False, timeout=PATIENCE
            ).returncode
        except subprocess.TimeoutExpired:
            ended = -1
    problem = "it is damaged, or too large to be read" if ended else _problem(out)
    if problem is not None:
        raise YijuError(f"{file}: not a readable Parquet table ({problem}); write it again")
    return out


def _problem(lines: Path) -> str | None:
    """What stands in the last line in the place of a row."""
    last = b""
    with lines.open("rb") as opened:
        for line in opened:
            last = line
    found = json.loads(last) if last.startswith(b"[") else None
    return None if found is None else str(found[0]["problem"])
