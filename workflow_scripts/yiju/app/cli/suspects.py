"""`yiju suspects`: training pairs of a run whose label may be wrong, as a table for a person to review."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import polars as pl
import pyarrow as pa

from yiju.app.cli.output import say
from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.plurals import counted
from yiju.base.tables import TEXT
from yiju.data.table_files import WRITTEN, check_target, write_parts

FILE = "data/suspects.parquet"
WORDS = {1: "similar", 0: "not similar"}
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


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("-n", "--number", type=click.IntRange(min=1), default=200, show_default=True, help="pairs, at most")
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"file to write: {', '.join(WRITTEN)}")
def command(run: Path, number: int, out: Path | None) -> None:
    """List the training pairs of RUN, a folder under results/, against whose label most speaks.

    With -o a table for a review is written: fill in right_label (0 not similar, 1 similar, or drop to leave the pair
    out) where the label is wrong, and leave it empty where it is right or you cannot tell.

    \b
    yiju suspects results/mine
    yiju suspects results/mine -n 500 -o review.csv
    """
    file = run / FILE
    if not file.is_file():
        raise YijuError(f"{file}: no such file; RUN is a folder of a finished run, such as results/sample")
    if out:
        check_target(out, file)
    suspects = tables.read(file, tables.SUSPECTS)
    first = suspects.head(number)
    chosen = first.with_columns(reasons=pl.Series(map(_reasons, first.iter_rows(named=True)), dtype=pl.String))
    if out:
        empty = [pl.lit("", pl.String).alias(name) for name in TO_FILL_IN]
        write_parts([chosen.with_columns(empty).select(REVIEW.names)], out, REVIEW)
        say(f"{out}: {counted(len(chosen), 'pair')} of {len(suspects):,} to review", err=True)
        return
    for row in chosen.iter_rows(named=True):
        say(f"{row['rank']:>5}  {row['q']} | {row['t']} ({WORDS[row['label']]})")
        say(f"{'':>5}  {row['file']} line {row['line']:,} of {row['corpus']}: {row['reasons']}")


def _reasons(row: Mapping[str, Any]) -> str:
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
