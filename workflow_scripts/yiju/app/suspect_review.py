"""Suspect training pairs as a table for a person to review."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa

from yiju.base import tables
from yiju.base.tables import TEXT
from yiju.data.table_files import write_parts
from yiju.report.suspect_reasons import reasons

# What a person reads, and what a person fills in: the right label, 0, 1 or drop, and who says so, and why.
REVIEW = pa.schema(
    {
        "rank": pa.int64(),
        "q": TEXT,
        "t": TEXT,
        "label": pa.int8(),
        "right_label": TEXT,
        "reviewer": TEXT,
        "note": TEXT,
        "reasons": TEXT,
        "corpus": TEXT,
        "file": TEXT,
        "line": pa.int64(),
    }
)
TO_FILL_IN = ("right_label", "reviewer", "note")


def read_suspects(file: Path, number: int) -> tuple[pl.DataFrame, int]:
    """The first rows of a table of SUSPECTS with what speaks against each (`reasons`), and how many there are."""
    suspects = tables.read(file, tables.SUSPECTS)
    first = suspects.head(number)
    told = pl.Series("reasons", map(reasons, first.iter_rows(named=True)), dtype=pl.String)
    return first.with_columns(told), len(suspects)


def write_review(suspects: pl.DataFrame, out: Path) -> None:
    """Write the table that a person fills in."""
    empty = [pl.lit("", pl.String).alias(name) for name in TO_FILL_IN]
    write_parts([suspects.with_columns(empty).select(REVIEW.names)], out, REVIEW)
