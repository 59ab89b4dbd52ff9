"""THS2021: label TAB sentence TAB sentence, the label first; test without labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from yiju.corpora.fields import Layout, read_fields
from yiju.corpora.rows import BINARY, ReadOptions

LAYOUTS = (Layout(("label", "q", "t")), Layout(("q", "t")))


def read(path: Path, options: ReadOptions) -> Iterator[pl.DataFrame]:
    return read_fields(path, options, LAYOUTS, BINARY)
