"""Any text with one pair a line: a corpus by configuration alone.

Options `q`, `t` and `label` are columns, by position from 1 or by their name in the header (label "" where there is
none); `positive` and `negative` are the labels as written; `quoted` for real CSV.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from yiju.corpora.fields import Layout, read_fields
from yiju.corpora.lines import first_line
from yiju.corpora.quoted import column_places, read_quoted
from yiju.corpora.rows import Labels, ReadOptions

OPTIONS = {
    "separator": "\t",
    "quoted": False,
    "header": False,
    "q": 1,
    "t": 2,
    "label": 3,
    "positive": "1",
    "negative": "0",
}


def read(path: Path, options: ReadOptions) -> Iterator[pl.DataFrame]:
    own = options.own
    columns = {role: own[role] for role in ("q", "t", "label") if own[role] != ""}
    labels = Labels({str(own["negative"]): 0, str(own["positive"]): 1})
    if own["quoted"]:
        return read_quoted(path, options, columns, labels, own["separator"], own["header"])
    return read_fields(path, options, [_layout(path, options, columns)], labels, own["separator"])


def _layout(path: Path, options: ReadOptions, columns: dict[str, str | int]) -> Layout:
    first = first_line(path)
    if not first:
        return Layout(("q", "t"))
    names = tuple(name.strip("\ufeff ") for name in first.split(options.own["separator"]))
    places = column_places(path, columns, names if options.own["header"] else len(names), options.unlabelled)
    roles = {place: role for role, place in places.items()}
    return Layout(tuple(roles.get(place, "_") for place in range(len(names))), names if options.own["header"] else ())
