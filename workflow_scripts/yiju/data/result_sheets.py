"""Results as a workbook that Excel opens, row by row and never held whole."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yiju.base.errors import YijuError

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

    from yiju.data.result_files import Results

Span = tuple[int, int]
# What Excel can hold: rows, columns, and characters of a cell.
MOST_ROWS, MOST_COLUMNS, LONGEST = 1 << 20, 1 << 14, 32_767
# Whole numbers beyond it are not exact in Excel, and are written as texts.
EXACT = 10**15
WIDTH = 36


def write_sheet(
    parts: Iterable[tuple[Iterator[tuple[object, ...]], Results]],
    names: Sequence[str],
    path: Path,
    sentences: Sequence[int],
    place: str,
) -> None:
    """Write a workbook of one sheet. parts: values of rows, with what is marked in them; sentences: places of q and t.

    Texts are never formulas, links or numbers. Raises YijuError, naming `place`, for what a workbook cannot hold.
    """
    import xlsxwriter

    count = 0
    with tempfile.TemporaryDirectory(prefix="yiju-") as folder:
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": folder, "strings_to_urls": False})
        sheet, bold = book.add_worksheet("yiju"), book.add_format({"bold": True})
        for column in sentences:
            sheet.set_column(column, column, WIDTH)
        sheet.freeze_panes(1, 0)
        for rows, part in parts:
            for number, row in enumerate(rows):
                if count == 0:
                    _write_row(sheet, 0, [*names, *part.added.columns], place, bold)
                count += 1
                spans = {column: marked[number] for column, marked in (part.marked or {}).items()}
                _write_row(sheet, count, row, place, None, spans, bold)
        book.close()


def plain(value: object) -> str | int | float | bool | None:
    """A value as a cell can have it: what is no text, number or truth becomes text."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _write_row(
    sheet: Worksheet,
    number: int,
    row: Sequence[object],
    place: str,
    style: Any = None,
    spans: dict[int, list[Span]] | None = None,
    bold: Any = None,
) -> None:
    if number >= MOST_ROWS or len(row) > MOST_COLUMNS:
        raise YijuError(
            f"{place}: a sheet holds {MOST_ROWS:,} rows and {MOST_COLUMNS:,} columns; write .csv or .parquet"
        )
    for column, value in enumerate(row):
        if isinstance(value, bool):
            sheet.write_boolean(number, column, value, style)
        elif isinstance(value, int | float) and math.isfinite(value) and abs(value) < EXACT:
            sheet.write_number(number, column, value, style)
        elif value is not None and not (isinstance(value, float) and not math.isfinite(value)):
            text = str(plain(value))
            if len(text.encode("utf-16-le")) > 2 * LONGEST:
                raise YijuError(
                    f"{place}: row {number} has a text of more than {LONGEST:,} characters, which no sheet holds"
                )
            _write_text(sheet, number, column, text, style, (spans or {}).get(column), bold)


def _write_text(
    sheet: Worksheet, number: int, column: int, text: str, style: Any, spans: Sequence[Span] | None, bold: Any
) -> None:
    """Write a text, of which parts may be bold."""
    pieces = [] if not spans else _pieces(text, spans, bold)
    if len([one for one in pieces if isinstance(one, str)]) > 1:
        sheet.write_rich_string(number, column, *pieces)
    else:
        sheet.write_string(number, column, text, bold if spans else style)


def _pieces(text: str, spans: Sequence[Span], bold: Any) -> list[Any]:
    """The text in pieces, none of them empty, with the style before each bold one."""
    pieces: list[Any] = []
    place = 0
    for start, end in sorted(spans):
        pieces += [*([text[place:start]] if start > place else []), bold, text[start:end]]
        place = end
    return [*pieces, *([text[place:]] if text[place:] else [])]
