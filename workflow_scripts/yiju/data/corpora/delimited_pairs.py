"""Pairs in a user's text file: its columns chosen, its header left out, every other record accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import polars as pl

from yiju.data.corpora.delimited import read_records
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BYTE_ORDER_MARK, MISSING, RAW, Labels, judge

# Records after the first one by which a header is recognised.
SAMPLE = 20


@dataclass(frozen=True)
class TextTable:
    """A text file of which the beginning has been read.

    first: fields of the first record that is not blank, none in a blank file; line: its number; sample: fields of some
    records after it; tables: all records, the first one included, to be read once.
    """

    first: list[str]
    line: int
    sample: list[list[str]]
    tables: Iterator[pl.DataFrame]
    separator: str

    @property
    def names(self) -> list[str]:
        """The first record as names of columns."""
        return [name.strip(BYTE_ORDER_MARK + " ") for name in self.first]


def open_table(file: RawFile, separator: str, strict: bool) -> TextTable:
    """Begin to read a text file; see `yiju.data.corpora.delimited` for its dialect and `strict`."""
    tables, seen = read_records(file, separator, strict), []
    for table in tables:
        seen.append(table)
        filled = table.filter((pl.col("text").str.strip_chars() != "") & pl.col("fields").is_not_null())
        if filled.height:
            rows = filled.head(1 + SAMPLE)["fields"].to_list()
            return TextTable(rows[0], filled["line"][0], rows[1:], chain(seen, tables), separator)
    return TextTable([], 0, [], iter(seen), separator)


def select_pairs(
    table: TextTable, places: Mapping[str, int], header: bool, labels: Labels, unlabelled: bool
) -> Iterator[pl.DataFrame]:
    """READ tables of a text file. places: index of the column of q, t and, where there is one, label."""
    for records in table.tables:
        rows = records.filter(pl.col("line") != table.line) if header else records
        # A line of nothing but separators is a row, whose sentences are empty.
        bare = pl.col("text").str.strip_chars() == ""
        blank = bare & ~pl.col("text").str.contains(table.separator, literal=True) if table.first else bare
        yield judge(_raw(rows, places, table), labels, unlabelled, blank=blank, missing=MISSING)


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
