"""CINLID: idiom TAB idiom TAB relation."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.natural_language_inference import read_inference
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import ReadOptions


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    return read_inference(file, options)
