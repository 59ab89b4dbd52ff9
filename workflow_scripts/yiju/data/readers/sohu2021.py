"""SOHU_2021: objects with source, target and labelA (loose: same topic) or labelB (strict: same event).

The two labels are never mixed: option `label` says which one is used, pairs that bear the other are kept without a
label (their sentences still serve post-training). Re-serialised files with a plain `label` hold one kind each: list
those of the chosen kind only.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.jsonl import Keys, read_objects
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BINARY, ReadOptions

OPTIONS = {"label": ("B", "A")}


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    chosen, other = ("labelA", "labelB") if options.own["label"] == "A" else ("labelB", "labelA")
    return read_objects(file, options, Keys("source", "target", (chosen, "label"), (other,)), BINARY)
