"""Cells of one sheet of a workbook as JSON lines: a program of its own, so that a damaged file ends no other one.

It prints {"sheet", "sheets", "merged", "width"} and then [row from 1, cells] for each row that holds anything; or
{"missing", "sheets"}, or {"problem"}. A cell is a text, a number, true, false or null, which is empty. Dates are texts.
Nothing of yiju is imported here.
"""

from __future__ import annotations

import datetime
import json
import posixpath
import re
import resource
import sys
import zipfile
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

# Of the program's memory and time: a sheet whose two cells lie far apart is taken for one of all cells between them.
# The second bounds are those of a workbook that a stranger sends.
MOST_MEMORY, MOST_SECONDS = 4 << 30, 1800
LITTLE_MEMORY, FEW_SECONDS = 256 << 20, 3
PIECE = 1 << 20
# Whole numbers up to here are exact, and shown without an exponent.
EXACT = 10**15
ERROR_TYPE = b't="e"'
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
Cell = str | int | float | bool | None
Place = tuple[int, int]


def main(path: str, sheet: str, bounds: str = "") -> None:
    """Print a sheet of a workbook.

    sheet: its name, "" for the first one that is not hidden; bounds: "small", or "" for those of a user's own file.
    """
    try:
        _limit_all(*((LITTLE_MEMORY, FEW_SECONDS) if bounds == "small" else (MOST_MEMORY, MOST_SECONDS)))
        for value in described(path, sheet):
            print(json.dumps(value))
    # Of a panic of the library, which is no Exception.
    except BaseException as error:
        print(json.dumps({"problem": f"{type(error).__name__}: {error}".split("\n")[0][:300]}))


def _limit_all(memory: int, seconds: int) -> None:
    # The system of a Mac knows no limit of this kind.
    if sys.platform == "linux":
        _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CPU, seconds)


def _limit(kind: int, most: int) -> None:
    """Set a limit of this process, where a lower one does not hold already."""
    _, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY or hard > most:
        resource.setrlimit(kind, (most, most))


def described(path: str, sheet: str) -> Iterator[Any]:
    """What `main` prints."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    _check_sums(path)
    with open(path, "rb") as file:  # noqa: PTH123 - the library wants a file that it can read
        book = CalamineWorkbook.from_filelike(file)
        sheets = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        shown = [one.name for one in sheets if one.visible == SheetVisibleEnum.Visible]
        wanted = sheet or next(iter(shown), "")
        if wanted not in [one.name for one in sheets]:
            yield {"missing": wanted, "sheets": shown}
            return
        found = book.get_sheet_by_name(wanted)
        above = _covered(found.merged_cell_ranges or [])
        yield {"sheet": wanted, "sheets": shown, "merged": len(above), "width": found.total_width}
        yield from _rows(found.iter_rows(), above, _errors(path, wanted))


def _check_sums(path: str) -> None:
    """Read every part of an archive through, for the library does not look at its check sum."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if damaged := archive.testzip():
                raise ValueError(f"its part {damaged} is damaged")


def _rows(rows: Iterator[list[Any]], above: Mapping[Place, Place], errors: Mapping[Place, str]) -> Iterator[Any]:
    kept: dict[Place, Cell] = {}
    tops = set(above.values())
    for number, values in enumerate(rows):
        cells = [errors.get((number, column)) or cell(value) for column, value in enumerate(values)]
        for column in range(len(cells)):
            place = (number, column)
            if place in tops:
                kept[place] = cells[column]
            cells[column] = kept.get(above[place]) if place in above else cells[column]
        if any(one is not None for one in cells):
            yield [number + 1, cells]


def cell(value: Any) -> Cell:
    """A cell's value as a user sees it, as far as that does not hang on its number format."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return int(value) if abs(value) < EXACT and value == int(value) else float(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value) or None


def _covered(ranges: list[tuple[Place, Place]]) -> dict[Place, Place]:
    """By each further row of cells that are merged over several rows: the one that holds the value."""
    return {
        (row, first[1]): first for first, last in islice(ranges, 100_000) for row in range(first[0] + 1, last[0] + 1)
    }


def _errors(path: str, sheet: str) -> dict[Place, str]:
    """Error cells of an .xlsx sheet by row and column from 0, which the library gives as empty ones."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        part = _part(archive, sheet)
        return _error_cells(archive, part) if part and _holds_errors(archive, part) else {}


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Name of the part of the archive that holds a sheet; None where it is no .xlsx."""
    names = archive.namelist()
    if "xl/workbook.xml" not in names or "xl/_rels/workbook.xml.rels" not in names:
        return None
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {one.get("Id"): one.get("Target", "") for one in links}
    link = next(
        (one.get(RELATION) for one in book.iter() if one.tag.endswith("}sheet") and one.get("name") == sheet), None
    )
    part = posixpath.normpath(posixpath.join("/xl", targets.get(link, ""))).lstrip("/")
    return part if part in names else None


def _holds_errors(archive: zipfile.ZipFile, part: str) -> bool:
    with archive.open(part) as file:
        last = b""
        while data := file.read(PIECE):
            if ERROR_TYPE in last + data:
                return True
            last = data[-len(ERROR_TYPE) :]
    return False


def _error_cells(archive: zipfile.ZipFile, part: str) -> dict[Place, str]:
    found: dict[Place, str] = {}
    state: dict[str, Any] = {"row": -1, "column": -1, "error": False, "text": None}

    def start(name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "row":
            state.update(row=int(attributes["r"]) - 1 if "r" in attributes else state["row"] + 1, column=-1)
        elif name == "c":
            column = _column(attributes["r"]) if "r" in attributes else state["column"] + 1
            state.update(column=column, error=attributes.get("t") == "e")
        elif name == "v" and state["error"]:
            state["text"] = ""

    def end(name: str) -> None:
        if name.rpartition(":")[2] == "v" and state["text"] is not None:
            found[state["row"], state["column"]] = state["text"]
            state["text"] = None

    def text(data: str) -> None:
        if state["text"] is not None:
            state["text"] += data

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    with archive.open(part) as file:
        parser.ParseFile(file)
    return found


def _column(reference: str) -> int:
    """Number of a column, from 0, of a cell's name: A1 is 0, AA7 is 26."""
    number = 0
    for letter in re.sub("[^A-Z]", "", reference):
        number = 26 * number + ord(letter) - 64
    return number - 1


if __name__ == "__main__":
    main(*sys.argv[1:])
