"""Sheets of workbooks (.xlsx, .xls, .ods) as tables of texts, every row with its number in the sheet."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any

import polars as pl

from yiju.base.errors import YijuError
from yiju.base.plurals import counted
from yiju.data.corpora import workbook_cells
from yiju.data.corpora.delimited import RECORDS
from yiju.data.corpora.delimited_pairs import SAMPLE, TextTable
from yiju.data.corpora.raw_files import EXPANDED, OLD_OFFICE, RATIO, RawFile, open_stored
from yiju.data.corpora.rows import FEW_ROWS, ROWS
from yiju.data.corpora.workbook_cells import Cell

# `cells` has each cell as JSON, so that numbers can be written as numbers again.
SHEET = pl.Schema({**RECORDS, "cells": pl.List(pl.String)})
ERRORS = (
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NAME?",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
)
# A cell far to the right would make every row as long.
MOST_COLUMNS = 1000
Row = tuple[int, list[Cell]]


def open_workbook(file: RawFile, sheet: str = "", small: bool = False) -> TextTable:
    """Begin to read a sheet, by its name or else the first one that is not hidden.

    Rows above the table that hold one cell alone, such as a title, are left out. small: whether it may take little
    memory and time. Raises YijuError for what is no workbook, or is damaged, too large or protected by a password.
    """
    _check(file)
    values = _read(file, sheet, small)
    head, beginning = _head(file, next(values, {})), list(islice(values, 1 + SAMPLE))
    width, titles, rows = head["width"], _titles(beginning), chain(beginning, values)
    said = [*_said(file, head, sheet), *(_title(file, *row) for row in islice(rows, titles))]
    texts = [[text_of(cell) for cell in _fitted(cells, width)] for _, cells in beginning[titles:]]
    first, line = (texts[0], beginning[titles][0]) if texts else ([], 0)
    return TextTable(first, line, texts[1:], _tables(rows, width, FEW_ROWS if small else ROWS), "\t", tuple(said))


def with_error_cells(table: TextTable, places: Mapping[str, int]) -> TextTable:
    """The sheet with a problem in each row of which a cell that is needed holds an error, such as #N/A."""
    return replace(table, tables=(_marked(part, sorted(set(places.values()))) for part in table.tables))


def text_of(cell: Cell) -> str:
    """A cell as a spreadsheet shows it without a number format."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, bool):
        return str(cell).upper()
    return str(cell) if isinstance(cell, int) else f"{cell:.15g}".upper()


def column_letter(place: int) -> str:
    """What a spreadsheet calls a column, from 0: A, B, …, Z, AA."""
    letters = ""
    place += 1
    while place:
        place, last = divmod(place - 1, 26)
        letters = chr(65 + last) + letters
    return letters


def _check(file: RawFile) -> None:
    """Raise YijuError for what is no workbook, or an archive that would grow beyond all measure."""
    if file.member is not None:
        raise YijuError(f"{file}: a workbook inside an archive is not read; unpack the archive")
    with open_stored(file) as opened:
        head = opened.read(8)
    if head.startswith(OLD_OFFICE):
        return
    if not head.startswith(b"PK\x03\x04"):
        told = _what_it_is(head)
        raise YijuError(f"{file}: the content is no workbook, whatever the name says; {told}, or save it as .xlsx")
    try:
        with zipfile.ZipFile(file.path) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise YijuError(f"{file}: not a whole workbook ({error}); save it again") from None
    if size > max(EXPANDED, RATIO * file.path.stat().st_size):
        raise YijuError(
            f"{file}: grows to {size >> 20} MB, like a decompression bomb; save it as CSV and give that file"
        )


def _what_it_is(head: bytes) -> str:
    """What to do with a file that is no workbook. head: its first bytes."""
    if head[:2] in (b"\x1f\x8b", b"BZ", b"\xfd7"):
        return "it is compressed; decompress it"
    return "read it as parquet" if head.startswith(b"PAR1") else "read it as csv or tsv"


def _read(file: RawFile, sheet: str, small: bool) -> Generator[Any, None, None]:
    """Values that `workbook_cells` prints. Raises YijuError where it ends early."""
    command = [sys.executable, "-P", workbook_cells.__file__, str(file.path), sheet, *(["small"] if small else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8") as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                value = json.loads(line)
                if isinstance(value, dict) and "problem" in value:
                    raise YijuError(
                        f"{file}: not a readable workbook ({value['problem']}); save it again, without a password"
                    )
                yield value
            ended = process.wait()
        finally:
            process.kill()
    if ended:
        raise YijuError(
            f"{file}: the workbook is damaged, or too large to be read; save the sheet as CSV and give that file"
        )


def _head(file: RawFile, head: Mapping[str, Any]) -> Mapping[str, Any]:
    if head.get("width", 0) > MOST_COLUMNS:
        last = column_letter(head["width"] - 1)
        raise YijuError(f"{file}: the sheet goes to column {last}; delete what is far to the right of the table")
    if "sheet" in head:
        return head
    names = ", ".join(head.get("sheets", [])[:20]) or "none that is shown"
    raise YijuError(f"{file}: no sheet {head.get('missing', '')!r}; the workbook has {names}")


def _said(file: RawFile, head: Mapping[str, Any], sheet: str) -> Iterator[str]:
    """What was taken of a workbook that holds more than one plain table."""
    if len(head["sheets"]) > 1 and not sheet:
        yield f"{file}: sheet {head['sheet']} is read, of {', '.join(head['sheets'][:20])}"
    if head["merged"]:
        yield f"{file}: {counted(head['merged'], 'cell')} merged with one above have its value"


def _title(file: RawFile, number: int, cells: Sequence[Cell]) -> str:
    text = " ".join(filter(None, map(text_of, cells)))
    return f"{file} row {number} ({text[:80]}) stands above the table and is left out"


def _titles(beginning: Sequence[Row]) -> int:
    """How many rows hold one cell alone before the first one that holds more."""
    filled = [sum(cell is not None for cell in cells) for _, cells in beginning]
    return next((place for place, count in enumerate(filled) if count > 1), 0)


def _fitted(cells: Sequence[Cell], width: int) -> list[Cell]:
    return [*cells, *([None] * (width - len(cells)))]


def _tables(rows: Iterator[Row], width: int, most: int) -> Iterator[pl.DataFrame]:
    while part := list(islice(rows, most)):
        fitted = [(number, _fitted(cells, width)) for number, cells in part]
        texts = [[text_of(cell) for cell in cells] for _, cells in fitted]
        yield pl.DataFrame(
            {
                "line": [number for number, _ in fitted],
                "text": ["\t".join(row) for row in texts],
                "fields": texts,
                "problem": [None] * len(part),
                "cells": [[json.dumps(cell, ensure_ascii=False) for cell in cells] for _, cells in fitted],
            },
            schema=SHEET,
        )


def _marked(part: pl.DataFrame, places: Sequence[int]) -> pl.DataFrame:
    cells = {place: pl.col("fields").list.get(place, null_on_oob=True) for place in places}
    said = [
        pl.when(cell.is_in(ERRORS)).then(pl.concat_str(pl.lit(f"column {column_letter(place)} holds the error "), cell))
        for place, cell in cells.items()
    ]
    return part.with_columns(problem=pl.coalesce("problem", *said)) if said else part
