"""GAIIC2021 task 3 (OPPO): sentence TAB sentence TAB label; test without labels; real text or anonymised.

Anonymised sentences are numbers that stand for words. They share no vocabulary with real text, so they are left out
unless option `anonymised` asks for them.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.fields import Layout, read_fields
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BINARY, ReadOptions

OPTIONS = {"anonymised": False}
LAYOUTS = (Layout(("q", "t", "label")), Layout(("q", "t")))
NUMBERS = r"^[0-9]+( +[0-9]+)*$"


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    numbers = pl.col("q").str.contains(NUMBERS) & pl.col("t").str.contains(NUMBERS)
    leave_out = None if options.own["anonymised"] else pl.when(numbers).then(pl.lit("anonymised"))
    return read_fields(file, options, LAYOUTS, BINARY, leave_out=leave_out)
