"""PAWS-X (zh): id TAB sentence TAB sentence TAB label with a header, or the hub's Parquet table; recognised by content.

The sentence NS stands for a missing one.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.fields import Layout, read_fields
from yiju.data.corpora.parquet import is_parquet, read_parquet
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BINARY, ReadOptions

LAYOUTS = (Layout(("id", "q", "t", "label"), header=("id", "sentence1", "sentence2", "label")),)
TABLE = {"q": "sentence1", "t": "sentence2", "label": "label"}


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    missing = pl.when((pl.col("q") == "NS") | (pl.col("t") == "NS")).then(pl.lit("placeholder"))
    if is_parquet(file):
        return read_parquet(file, options, TABLE, BINARY, leave_out=missing)
    return read_fields(file, options, LAYOUTS, BINARY, leave_out=missing)
