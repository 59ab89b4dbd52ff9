"""A user's own pairs in a common format: a corpus by configuration alone (docs/adding-a-corpus.md).

- `format`: tsv, csv (both in the dialect of `yiju.data.corpora.delimited`), jsonl (objects), parquet, xlsx (workbooks).
- `encoding` of tsv, csv and jsonl: one of `yiju.data.table_formats.ENCODINGS`.
- `separator` of tsv and csv, "" for TAB and comma; `header`: whether their first line names the columns.
- `sheet` of a workbook, "" for the first one that is shown.
- `q`, `t`, `label`: columns by name, or by position from 1 (not in jsonl); `label` "" where there is none.
- `labels`: label as written -> 1 similar, 0 not, null: the row is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from yiju.base.errors import YijuError
from yiju.data.corpora.columns import column_places
from yiju.data.corpora.delimited_pairs import HEADER_SAMPLE, TextTable, open_table, select_pairs
from yiju.data.corpora.encoded import with_encoding
from yiju.data.corpora.headers import seems_header
from yiju.data.corpora.jsonl import Keys, read_objects
from yiju.data.corpora.parquet import read_parquet
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import MISSING, Labels, ReadOptions
from yiju.data.corpora.shape import SIGNS, require_columns
from yiju.data.corpora.workbooks import open_workbook, with_error_cells

OPTIONS = {
    "format": ("tsv", "csv", "jsonl", "parquet", "xlsx"),
    "encoding": ("auto", "utf-8", "gb18030", "big5", "utf-16", "utf-16-le", "utf-16-be"),
    "separator": "",
    "sheet": "",
    "header": False,
    "q": 1,
    "t": 2,
    "label": 3,
    "labels": {"1": 1, "0": 0},
}
# What to set where another sign stands between the fields than the options say.
SEPARATORS = {sign: f"set separator: {json.dumps(sign, ensure_ascii=False)}" for sign in SIGNS}
Columns = dict[str, str | int]


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    own = options.own
    columns = {role: own[role] for role in ("q", "t", "label") if own[role] != ""}
    labels = _labels(own["labels"])
    # A corpus without labels may still serve post-training, whatever its split.
    options = replace(options, unlabelled=options.unlabelled or "label" not in columns)
    if own["format"] in ("tsv", "csv", "jsonl"):
        file = with_encoding(file, own["encoding"], "set encoding: {}")
    match own["format"]:
        case "tsv" | "csv" as kind:
            table = open_table(file, own["separator"] or {"tsv": "\t", "csv": ","}[kind], strict=kind == "csv")
            places = _places(file, options, columns, table)
            return select_pairs(table, places, own["header"], labels, options.unlabelled)
        case "jsonl":
            label = (columns["label"],) if "label" in columns else ()
            # Where a blank label is no error, neither is a missing field: its row goes on without a label.
            options = replace(options, unlabelled=options.unlabelled or "" in labels.left_out)
            return read_objects(file, options, Keys(columns["q"], columns["t"], label), labels, MISSING)
        case "xlsx":
            table = open_workbook(file, own["sheet"])
            places = _places(file, options, columns, table)
            table = with_error_cells(table, places)
            return select_pairs(table, places, own["header"], labels, options.unlabelled)
    return read_parquet(file, options, columns, labels)


def _places(file: RawFile, options: ReadOptions, columns: Columns, table: TextTable) -> dict[str, int]:
    if not table.first:
        return {}
    require_columns(file, table, SEPARATORS)
    if not options.own["header"] and seems_header(table.names, table.sample[:HEADER_SAMPLE]):
        shown = ", ".join(name[:40] for name in table.names[:20])
        raise YijuError(f"{file} line {table.line}: this line seems to name the columns ({shown}); set header: true")
    names = table.names if options.own["header"] else len(table.names)
    return column_places(file, columns, names, options.unlabelled)


def _labels(written: Mapping[str, int | None]) -> Labels:
    values = {label: value for label, value in written.items() if value is not None}
    left_out = [label for label, value in written.items() if value is None]
    return Labels(values, {label: f"label {label!r}" if label else "no label" for label in left_out})
