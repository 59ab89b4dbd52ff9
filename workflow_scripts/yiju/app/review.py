"""Suspect training pairs as a table for a person to review."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from yiju.base import tables
from yiju.base.tables import TEXT
from yiju.data.table_files import write_parts

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
    """The first rows of a table of SUSPECTS with what speaks against their labels (`reasons`), and how many there are."""
    suspects = tables.read(file, tables.SUSPECTS)
    first = suspects.head(number)
    told = pl.Series("reasons", map(reasons, first.iter_rows(named=True)), dtype=pl.String)
    return first.with_columns(told), len(suspects)


def write_review(suspects: pl.DataFrame, out: Path) -> None:
    """Write the table that a person fills in."""
    empty = [pl.lit("", pl.String).alias(name) for name in TO_FILL_IN]
    write_parts([suspects.with_columns(empty).select(REVIEW.names)], out, REVIEW)


def reasons(row: Mapping[str, Any]) -> str:
    """What speaks against a label, in words."""
    told = []
    if row["probability"] is not None:
        confident = ", clearly the other label" if row["confident"] else ""
        told.append(f"models that have not learnt it give its label {row['probability']:.0%}{confident}")
    if row["margin"] is not None:
        told.append(f"while it was learnt its label had a margin of {row['margin']:+.1f} on average")
        if row["forgotten"] is None:
            told.append("no pass over it was right")
        elif row["forgotten"]:
            told.append(f"it was forgotten {row['forgotten']:g} times")
    if row["contradicted"]:
        told.append("similar pairs connect its two sentences")
    return "; ".join(told)
