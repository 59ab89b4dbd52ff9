"""Rows of users' tables whose columns have names: CSV, TAB-separated text or JSON lines, every row with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from yiju.data.corpora.delimited_pairs import open_table
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.jsonl import read_values
from yiju.base.errors import YijuError
from yiju.base.json_text import kind_of


class BadRow(ValueError):
    """A row that is of no use; the message is the reason."""


# Place, row as it stands in the file, and its fields by name or why it has none.
Row = tuple[str, object, dict | BadRow]


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


def records(file: RawFile, separator: str, complete: Callable[[Sequence[str]], bool], needed: str) -> Iterator[Row]:
    """Rows of a text file, whose first line names the columns, whatever their case.

    complete: whether these names are enough; needed: what is, for the YijuError that is raised where they are not.
    """
    table = open_table(file, separator, strict=separator == ",")
    columns = [name.lower() for name in table.names]
    if not columns:
        raise YijuError(f"{file}: the file is empty; its first line has to name the columns {needed}")
    if not complete(columns):
        raise YijuError(
            f"{file} line {table.line}: the first line has to name the columns {needed}, separated by "
            f"{'commas' if separator == ',' else 'TABs'}; it names {', '.join(columns)}"
        )
    for part in table.tables:
        for line, text, cells, problem in part.iter_rows():
            if line != table.line and text.strip():
                yield f"{file} line {line}", text.rstrip("\r\n"), _fields(columns, cells, problem)


def _fields(columns: list[str], cells: list[str] | None, problem: str | None) -> dict | BadRow:
    if cells is None:
        return BadRow(problem or "not readable")
    if len(cells) != len(columns):
        return BadRow(f"{len(cells)} fields; the first line names {len(columns)}")
    return dict(zip(columns, cells, strict=True))
