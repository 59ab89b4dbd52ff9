"""Files of sentence pairs to be judged, in common formats: rows that are no pairs are told, not lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from yiju.corpora import complete_options, load_reader
from yiju.corpora.files import RawFile
from yiju.corpora.rows import ReadOptions
from yiju.errors import YijuError

# By the end of a file's name, before that of a compression: its format, and the columns that are read unless told.
FORMATS = {
    ".tsv": ("tsv", (1, 2)),
    ".txt": ("tsv", (1, 2)),
    ".csv": ("csv", ("q", "t")),
    ".jsonl": ("jsonl", ("q", "t")),
    ".json": ("jsonl", ("q", "t")),
    ".parquet": ("parquet", ("q", "t")),
}
COMPRESSED = (".gz", ".xz", ".bz2")
Column = str | int


def read_pairs(
    path: Path, kind: str | None = None, columns: tuple[Column, Column] | None = None
) -> Iterator[pl.DataFrame]:
    """READ tables (`yiju.corpora.rows`) of a file of pairs; `reason` says why a row is no pair.

    kind: a key of FORMATS without its dot, or None: told by the name. columns: of q and t, by name or, in tsv and csv
    without a header, by position from 1; names in tsv and csv stand in their first line. Raises YijuError.
    """
    known, usual = FORMATS[f".{kind}"] if kind else _format(path)
    q, t = columns or usual
    options = {"format": known, "q": q, "t": t, "label": ""}
    if known in ("tsv", "csv"):
        options["header"] = isinstance(q, str)
    own = complete_options("generic", options)
    return load_reader("generic")(RawFile(path), ReadOptions(unlabelled=True, own=own))


def _format(path: Path) -> tuple[str, tuple[Column, Column]]:
    name = path.with_suffix("") if path.suffix in COMPRESSED else path
    if name.suffix not in FORMATS:
        ends = ", ".join(FORMATS)
        raise YijuError(f"{path}: the format is told by the name, which ends in none of {ends}; give --format")
    return FORMATS[name.suffix]
