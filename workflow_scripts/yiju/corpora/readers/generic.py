"""A user's own pairs in a common format: a corpus by configuration alone (docs/adding-a-corpus.md).

- `format`: tsv (separators, no quoting), csv (quoted), jsonl (objects), parquet.
- `separator` of tsv and csv, "" for TAB and comma; `header`: whether their first line names the columns.
- `q`, `t`, `label`: columns by name, or by position from 1 (not in jsonl); `label` "" where there is none.
- `labels`: label as written -> 1 similar, 0 not, null: the row is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from yiju.corpora.columns import column_places
from yiju.corpora.fields import Layout, read_fields
from yiju.corpora.files import RawFile
from yiju.corpora.jsonl import Keys, read_objects
from yiju.corpora.lines import first_line
from yiju.corpora.parquet import read_parquet
from yiju.corpora.quoted import read_quoted
from yiju.corpora.rows import BYTE_ORDER_MARK, Labels, ReadOptions

OPTIONS = {
    "format": ("tsv", "csv", "jsonl", "parquet"),
    "separator": "",
    "header": False,
    "q": 1,
    "t": 2,
    "label": 3,
    "labels": {"1": 1, "0": 0},
}
Columns = dict[str, str | int]


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    own = options.own
    columns = {role: own[role] for role in ("q", "t", "label") if own[role] != ""}
    labels = _labels(own["labels"])
    # A corpus without labels may still serve post-training, whatever its split.
    options = replace(options, unlabelled=options.unlabelled or "label" not in columns)
    match own["format"]:
        case "tsv":
            layout = _layout(file, options, columns, own["separator"] or "\t")
            return read_fields(file, options, [layout], labels, own["separator"] or "\t")
        case "csv":
            return read_quoted(file, options, columns, labels, own["separator"] or ",", own["header"])
        case "jsonl":
            label = (columns["label"],) if "label" in columns else ()
            return read_objects(file, options, Keys(columns["q"], columns["t"], label), labels)
    return read_parquet(file, options, columns, labels)


def _labels(written: Mapping[str, int | None]) -> Labels:
    values = {label: value for label, value in written.items() if value is not None}
    return Labels(values, {label: f"label {label!r}" for label, value in written.items() if value is None})


def _layout(file: RawFile, options: ReadOptions, columns: Columns, separator: str) -> Layout:
    first = first_line(file)
    if not first:
        return Layout(("q", "t"))
    names = tuple(name.strip(BYTE_ORDER_MARK + " ") for name in first.split(separator))
    header = names if options.own["header"] else ()
    places = column_places(file, columns, header or len(names), options.unlabelled)
    roles = {place: role for role, place in places.items()}
    return Layout(tuple(roles.get(place, "_") for place in range(len(names))), header)
