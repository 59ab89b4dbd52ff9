"""PKU Paraphrase Bank: sentence TAB sentence, all of them paraphrases."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.fields import Layout, split_rows
from yiju.data.corpora.lines import read_lines
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BINARY, ReadOptions, judge

LAYOUT = Layout(("q", "t"))


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    for lines in read_lines(file):
        raw = split_rows(lines, LAYOUT, "\t")
        yield judge(raw.with_columns(label=pl.lit("1")), BINARY, options.unlabelled)
