"""COVID19: real CSV with the header id,category,query1,query2,label; the label -1 is a placeholder."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.quoted import read_quoted
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import Labels, ReadOptions

COLUMNS = {"q": "query1", "t": "query2", "label": "label"}
LABELS = Labels({"0": 0, "1": 1}, left_out={"-1": "placeholder"})


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    return read_quoted(file, options, COLUMNS, LABELS)
