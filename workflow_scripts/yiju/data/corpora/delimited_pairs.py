"""Pairs in a user's text file: its columns chosen, its header left out, every other record accounted for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import polars as pl

from yiju.data.corpora.delimited import read_records
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BYTE_ORDER_MARK, EMPTY_LINE, FEW_ROWS, MISSING, RAW, Labels, Part, judge

# Records after the first one by which columns are recognised, and a header.
SAMPLE, HEADER_SAMPLE = 200, 20
# As Excel writes and reads it, to name a separator.
DECLARED = re.compile(r"sep=(.?).*", re.IGNORECASE)


FILLED = (pl.col("text").str.strip_chars() != "") & pl.col("fields").is_not_null()


@dataclass(frozen=True)
class TextTable:
    """A text file of which the beginning has been read.

    first: fields of the first record that is not blank, none in a blank file; line: its number; sample: fields of some
    records after it; tables: all records, the first one included, to be read once; said: what was taken, in sentences.
    """

    first: list[str]
    line: int
    sample: list[list[str]]
    tables: Iterator[pl.DataFrame]
    separator: str
    said: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The first record as names of columns."""
        return [name.strip(BYTE_ORDER_MARK + " ") for name in self.first]


def open_table(file: RawFile, separator: str, strict: bool) -> TextTable:
    """Begin to read a text file; see `yiju.data.corpora.delimited` for its dialect and `strict`.

    A first line that names this separator for Excel is no record.
    """
    tables, seen = _undeclared(read_records(file, separator, strict), separator), []
    for table in tables:
        seen.append(table)
        filled = table.filter(FILLED)
        if filled.height:
            rows = filled.head(1 + SAMPLE)["fields"].to_list()
            return TextTable(rows[0], filled["line"][0], rows[1:], chain(seen, tables), separator)
    return TextTable([], 0, [], iter(seen), separator)


def _undeclared(tables: Iterator[pl.DataFrame], separator: str) -> Iterator[pl.DataFrame]:
    """The records without a first one that names this separator."""
    begun = False
    for table in tables:
        filled = table.filter(FILLED).head(1)
        if filled.height and not begun:
            begun = True
            declared = DECLARED.fullmatch(filled["text"][0].rstrip("\r\n"))
            if declared and declared[1] == separator:
                yield table.filter(pl.col("line") != filled["line"][0])
                continue
        yield table


def select_pairs(
    table: TextTable, places: Mapping[str, int], header: bool, labels: Labels, unlabelled: bool
) -> Iterator[pl.DataFrame]:
    """READ tables of a text file. places: index of the column of q, t and, where there is one, label."""
    for _, _, read in _selected(table, places, header, labels, unlabelled):
        yield read


def select_parts(
    table: TextTable, places: Mapping[str, int], header: bool, labels: Labels, unlabelled: bool, small: bool = False
) -> Iterator[Part]:
    """As `select_pairs`, with all columns of the file: of a workbook cells in JSON, else texts.

    small: parts of FEW_ROWS rows at most, without blank lines.
    """
    for tables in _selected(table, places, header, labels, unlabelled):
        for records, raw, read in _cut(*tables) if small else [tables]:
            yield Part(read, raw["label"], _own(records, len(table.first), table.separator))


def _cut(*tables: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, ...]]:
    """Tables of the same rows, of which the last one is a READ table, FEW_ROWS at a time without blank lines."""
    filled = tables[-1]["reason"].ne_missing(EMPTY_LINE)
    yield from zip(*(one.filter(filled).iter_slices(FEW_ROWS) for one in tables), strict=True)


def _selected(
    table: TextTable, places: Mapping[str, int], header: bool, labels: Labels, unlabelled: bool
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]]:
    """Records, RAW table and READ table of the same rows."""
    for records in table.tables:
        rows = records.filter(pl.col("line") != table.line) if header else records
        # A line of nothing but separators is a row, whose sentences are empty.
        bare = pl.col("text").str.strip_chars() == ""
        blank = bare & ~pl.col("text").str.contains(table.separator, literal=True) if table.first else bare
        raw = _raw(rows, places, table)
        yield rows, raw, judge(raw, labels, unlabelled, blank=blank, missing=MISSING)


def _own(records: pl.DataFrame, width: int, separator: str) -> pl.DataFrame:
    """The cells of records by column; of a record of another width, and of a broken one, nothing is lost."""
    cells = records["cells" if "cells" in records.columns else "fields"]
    if not (cells.list.len() == width).all():
        rows = zip(cells.to_list(), records["text"], strict=True)
        cells = pl.Series([_fitted(row, text, width, separator) for row, text in rows], dtype=pl.List(pl.String))
    return pl.DataFrame({str(place): cells.list.get(place) for place in range(width)})


def _fitted(cells: Sequence[str] | None, text: str, width: int, separator: str) -> list[str | None]:
    """Cells of a row in as many columns as the table has: what is too much is in the last one."""
    if cells is None:
        return [text, *([None] * (width - 1))]
    if len(cells) > width:
        return [*cells[: width - 1], separator.join(cells[width - 1 :])]
    return [*cells, *([None] * (width - len(cells)))]


def _raw(records: pl.DataFrame, places: Mapping[str, int], table: TextTable) -> pl.DataFrame:
    """The RAW table of records: one that holds more or fewer fields than the first one has a problem."""
    width = len(table.first)
    name = {"\t": "TAB", ",": "comma"}.get(table.separator, f"'{table.separator}'")
    fits = pl.col("fields").list.len() == width
    found = pl.concat_str(pl.lit(f"expected {width} {name}-separated fields, got "), pl.col("fields").list.len())

    def column(role: str) -> pl.Expr:
        if role not in places:
            return pl.lit(None, pl.String).alias(role)
        return pl.when(fits).then(pl.col("fields").list.get(places[role], null_on_oob=True)).alias(role)

    problem = pl.coalesce("problem", pl.when(~fits).then(found)).alias("problem")
    return records.select("line", "text", column("q"), column("t"), column("label"), problem).cast(RAW)
