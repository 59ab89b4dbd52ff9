"""THS2021: label TAB sentence TAB sentence, the label first; test without labels."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.fields import Layout, read_fields
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BINARY, ReadOptions

LAYOUTS = (Layout(("label", "q", "t")), Layout(("q", "t")))


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    return read_fields(file, options, LAYOUTS, BINARY)
