"""Chinese-MNLI: json lines (`label` or `gold_label`), or TAB text; told apart by content."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from yiju.corpora.inference import read_inference
from yiju.corpora.rows import ReadOptions


def read(path: Path, options: ReadOptions) -> Iterator[pl.DataFrame]:
    return read_inference(path, options)
