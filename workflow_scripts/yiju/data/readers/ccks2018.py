"""CCKS2018 task 3: sentence TAB sentence TAB label; test sets: id TAB sentence TAB sentence.

Its readme says that 0 means a match; in the data 1 does.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.fields import Layout, read_fields
from yiju.data.corpora.lines import first_line
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BINARY, ReadOptions

LABELLED, UNLABELLED = Layout(("q", "t", "label")), Layout(("id", "q", "t"))


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    # Both forms have three fields; only the last one of the first row distinguishes them.
    labelled = not options.unlabelled or first_line(file).split("\t")[-1].strip() in BINARY.values
    return read_fields(file, options, [LABELLED if labelled else UNLABELLED], BINARY)
