"""PAWS-X (zh): id TAB sentence TAB sentence TAB label with a header; the sentence NS stands for a missing one."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.fields import Layout, read_fields
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BINARY, ReadOptions

LAYOUTS = (Layout(("id", "q", "t", "label"), header=("id", "sentence1", "sentence2", "label")),)


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    missing = pl.when((pl.col("q") == "NS") | (pl.col("t") == "NS")).then(pl.lit("placeholder"))
    return read_fields(file, options, LAYOUTS, BINARY, leave_out=missing)
