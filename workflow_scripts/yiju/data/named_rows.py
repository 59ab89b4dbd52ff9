"""Rows of users' tables whose columns have names, in all formats that yiju reads: every row with its place."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from yiju.base.errors import YijuError
from yiju.base.files import COMPRESSED
from yiju.base.json_text import kind_of
from yiju.data.corpora.delimited_pairs import TextTable, open_table
from yiju.data.corpora.encoded import with_encoding
from yiju.data.corpora.jsonl import is_json, read_values
from yiju.data.corpora.parquet import parquet_names
from yiju.data.corpora.raw_files import RawFile, read_chunks
from yiju.data.corpora.workbooks import open_workbook
from yiju.data.table_formats import FORMATS


class BadRow(ValueError):
    """A row that is of no use; the message is the reason."""


# Place, row as it stands in the file, and its fields by name or why it has none.
Row = tuple[str, object, dict | BadRow]
Complete = Callable[[Sequence[str]], bool]


def named_rows(path: Path, complete: Complete, needed: str, columns: Sequence[str] | None = None) -> Iterator[Row]:
    """Rows of a table in any of the formats, told by its name and its beginning.

    complete: whether the names of its columns are enough; needed: what is, for the YijuError that is raised where they
    are not; columns: those that are read of a Parquet table, all unless they are given.
    """
    file, suffix = RawFile(path), plain_name(path).suffix.lower()
    if suffix == ".parquet":
        return _parquet(file, complete, needed, columns)
    if FORMATS.get(suffix) == "xlsx":
        return _of_table(file, open_workbook(file), "row", complete, needed)
    file = with_encoding(file)
    if is_json(file):
        return objects(file)
    return records(file, "," if suffix == ".csv" else "\t", complete, needed)


def plain_name(path: Path) -> Path:
    """The file's name without the ending of a compression."""
    return path.with_suffix("") if path.suffix.lower() in COMPRESSED else path


def number_in(fields: Mapping, name: str) -> float:
    """A finite number of a row, also written as text. Raises BadRow."""
    value = fields.get(name)
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise BadRow(f"{name} is {shown_value(value)}; expected a finite number")
    return number


def shown_value(value: object) -> str:
    """A value for a message."""
    return "missing" if value in (None, "") else repr(value)[:60]


def mapping(value: object) -> dict:
    """A JSON object. Raises BadRow."""
    if isinstance(value, ValueError):
        raise BadRow(str(value))
    if not isinstance(value, dict):
        raise BadRow(f"expected a JSON object, got {kind_of(value)}")
    return value


def objects(file: RawFile) -> Iterator[Row]:
    """Rows of a file of JSON objects, or of one array of them."""
    for line, text, value in read_values(file):
        if text.strip():
            try:
                yield f"{file} line {line}", value if isinstance(value, dict) else text, mapping(value)
            except BadRow as error:
                yield f"{file} line {line}", text, error


def records(file: RawFile, separator: str, complete: Complete, needed: str) -> Iterator[Row]:
    """Rows of a text file, whose first line names the columns, whatever their case.

    complete: whether these names are enough; needed: what is, for the YijuError that is raised where they are not.
    """
    wanted = f"{needed}, separated by {'commas' if separator == ',' else 'TABs'}"
    return _of_table(file, open_table(file, separator, strict=separator == ","), "line", complete, wanted)


def _of_table(file: RawFile, table: TextTable, unit: str, complete: Complete, needed: str) -> Iterator[Row]:
    columns = [name.lower() for name in table.names]
    if not columns:
        raise YijuError(f"{file}: the file is empty; its first {unit} has to name the columns {needed}")
    if not complete(columns):
        raise YijuError(
            f"{file} {unit} {table.line}: the first {unit} has to name the columns {needed}; it names "
            f"{', '.join(columns)}"
        )
    for part in table.tables:
        for line, text, cells, problem in part.select("line", "text", "fields", "problem").iter_rows():
            if line != table.line and text.strip():
                yield f"{file} {unit} {line}", text.rstrip("\r\n"), _fields(columns, cells, problem)


def _parquet(file: RawFile, complete: Complete, needed: str, columns: Sequence[str] | None) -> Iterator[Row]:
    names = parquet_names(file)
    if not complete(names):
        raise YijuError(f"{file}: the table needs the columns {needed}; it has {', '.join(names)}")
    content = io.BytesIO(b"".join(read_chunks(file, 1 << 20)))
    table = pl.read_parquet(content, columns=[name for name in columns or names if name in names])
    for number, fields in enumerate(table.iter_rows(named=True), 1):
        yield f"{file} row {number}", fields, fields


def _fields(columns: list[str], cells: list[str] | None, problem: str | None) -> dict | BadRow:
    if cells is None:
        return BadRow(problem or "not readable")
    if len(cells) != len(columns):
        return BadRow(f"{len(cells)} fields; the first line names {len(columns)}")
    return dict(zip(columns, cells, strict=True))
