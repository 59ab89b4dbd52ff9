"""CHIP2019: real CSV (question1,question2,label,category); as CBLUE's CHIP-STS, objects with text1 and text2."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.jsonl import Keys, is_json, read_objects
from yiju.data.corpora.quoted import read_quoted
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BINARY, ReadOptions

COLUMNS = {"q": "question1", "t": "question2", "label": "label"}


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    if is_json(file):
        return read_objects(file, options, Keys("text1", "text2"), BINARY)
    return read_quoted(file, options, COLUMNS, BINARY)
