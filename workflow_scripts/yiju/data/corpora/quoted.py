"""Real CSV: fields may be quoted, and a quoted field may hold separators and line ends."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

import polars as pl

from yiju.data.corpora.columns import column_places
from yiju.data.corpora.lines import read_lines
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BYTE_ORDER_MARK, Labels, ReadOptions, judge, raw_tables

# Line, text, fields, problem.
Record = tuple[int, str, list[str] | None, str | None]
FIELDS: Final = 2


def read_quoted(
    file: RawFile,
    options: ReadOptions,
    columns: Mapping[str, str | int],
    labels: Labels,
) -> Iterator[pl.DataFrame]:
    """Read a publisher's CSV whose `columns` say where q, t and label stand: names in the header, or positions from 1.

    A file of a split that may be unlabelled need not have the label's column. Yields READ tables.
    """
    records = _records(file)
    leading = []
    for record in records:
        leading.append(record)
        if record[FIELDS]:
            break
    names = [name.strip(BYTE_ORDER_MARK + " ") for name in leading[-1][FIELDS] or []] if leading else []
    places = column_places(file, columns, names, options.unlabelled) if names else {}
    kept = leading[:-1] if names else leading
    rows = (_row(record, places, len(names)) for record in chain(kept, records))
    for raw in raw_tables(rows):
        yield judge(raw, labels, options.unlabelled)


def _records(file: RawFile) -> Iterator[Record]:
    """Line, text, fields and, where the text is no CSV, the problem of each record.

    A record over several lines that cannot be right (a quote that was never closed) is given line by line, so
    that the rows inside it are counted one by one.
    """
    taken: list[tuple[int, str]] = []

    def feed() -> Iterator[str]:
        for lines in read_lines(file):
            for line, text in lines.iter_rows():
                taken.append((line, text))
                yield text + "\n"

    rows, width = csv.reader(feed(), strict=True), None
    while True:
        taken.clear()
        try:
            fields = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield from [(line, text, None, f"not valid CSV ({error})") for line, text in taken]
            continue
        if not taken[0][1].strip() and len(taken) == 1:
            fields = []
        width = width or len(fields)
        if len(taken) > 1 and len(fields) != width:
            yield from [(line, text, None, "not valid CSV (a quote is not closed)") for line, text in taken]
        else:
            yield taken[0][0], "\n".join(text for _, text in taken), fields, None


def _row(record: Record, places: Mapping[str, int], width: int) -> tuple:
    """The RAW row of a record."""
    line, text, fields, problem = record
    if fields and len(fields) != width:
        problem = f"expected {width} quoted fields, got {len(fields)}"
    if problem or not fields:
        return line, text, None, None, None, problem
    label = fields[places["label"]] if "label" in places else None
    return line, text, fields[places["q"]], fields[places["t"]], label, None
