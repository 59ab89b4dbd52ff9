"""AFQMC: json lines (sentence1, sentence2, label as text), or TAB text; told apart by content."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from yiju.corpora.fields import Layout, read_fields
from yiju.corpora.jsonl import Keys, is_json, read_objects
from yiju.corpora.rows import BINARY, ReadOptions

LAYOUTS = (Layout(("q", "t", "label")), Layout(("q", "t")))


def read(path: Path, options: ReadOptions) -> Iterator[pl.DataFrame]:
    if is_json(path):
        return read_objects(path, options, Keys("sentence1", "sentence2"), BINARY)
    return read_fields(path, options, LAYOUTS, BINARY)
