"""Natural language inference: three relations, which the configuration turns into labels."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.fields import Layout, read_fields
from yiju.data.corpora.jsonl import Keys, is_json, read_objects
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import Labels, ReadOptions

LAYOUTS = (Layout(("q", "t", "label")), Layout(("q", "t")))
KEYS = Keys("sentence1", "sentence2", label=("label", "gold_label"))


def read_inference(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    """Read json lines or TAB text, recognised by content; `-` (no agreement) is left out. Yields READ tables."""
    labels = Labels(options.nli_labels, left_out={"-": "no agreement"})
    if is_json(file):
        return read_objects(file, options, KEYS, labels)
    return read_fields(file, options, LAYOUTS, labels)
