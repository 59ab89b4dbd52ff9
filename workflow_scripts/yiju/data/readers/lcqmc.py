"""LCQMC: sentence TAB sentence TAB label; test without labels, one of its archives with a header."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.fields import Layout, read_fields
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BINARY, ReadOptions

NAMES = ("text_a", "text_b", "label")
LAYOUTS = (Layout(("q", "t", "label"), header=NAMES), Layout(("q", "t"), header=NAMES[:2]))


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    return read_fields(file, options, LAYOUTS, BINARY)
