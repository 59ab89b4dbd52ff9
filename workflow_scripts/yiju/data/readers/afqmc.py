"""AFQMC: json lines (sentence1, sentence2, label as text), or TAB text; recognised by content."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.fields import Layout, read_fields
from yiju.data.corpora.jsonl import Keys, is_json, read_objects
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BINARY, ReadOptions

LAYOUTS = (Layout(("q", "t", "label")), Layout(("q", "t")))


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    if is_json(file):
        return read_objects(file, options, Keys("sentence1", "sentence2"), BINARY)
    return read_fields(file, options, LAYOUTS, BINARY)
