"""Natural language inference: three relations, which the configuration turns into labels."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.fields import Layout, read_fields
from yiju.data.corpora.jsonl import Keys, is_json, read_objects
from yiju.data.corpora.parquet import is_parquet, read_parquet
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import Labels, ReadOptions

LAYOUTS = (Layout(("q", "t", "label")), Layout(("q", "t")))
TABLE = {"q": "sentence1", "t": "sentence2"}
# As the tables of CLUE on the hub number them; -1 where there is none.
NUMBERED = ("neutral", "entailment", "contradiction")
KEYS = Keys("sentence1", "sentence2", label=("label", "gold_label"))


def read_inference(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    """Read json lines, TAB text or the Parquet tables of CLUE on the hub, recognised by content.

    `-` (no agreement) is left out. A split that may be unlabelled has no labels in these tables. Yields READ tables.
    """
    if is_parquet(file):
        columns = TABLE if options.unlabelled else {**TABLE, "label": "label"}
        numbered = {str(number): options.nli_labels[relation] for number, relation in enumerate(NUMBERED)}
        return read_parquet(file, options, columns, Labels(numbered, left_out={"-1": "no agreement"}))
    labels = Labels(options.nli_labels, left_out={"-": "no agreement"})
    if is_json(file):
        return read_objects(file, options, KEYS, labels)
    return read_fields(file, options, LAYOUTS, labels)
