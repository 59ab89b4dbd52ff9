"""A judged table as a file: its own columns, and beside them what was judged of each row."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from yiju.app.web.answers import FACTS
from yiju.app.web.uploads import Row, Table
from yiju.data.corpora.delimited import write_records
from yiju.data.corpora.rows import BYTE_ORDER_MARK

# What the page reads: without the user's other columns.
PAIR = ("line", "q", "t", "gold", *FACTS, "error")
# Columns that are added, and where their values stand in a row.
ADDED = {
    "label": "label",
    "label_name": "label_name",
    "probability": "probability",
    "score": "score",
    "undecided": "undecided",
    "truncated": "truncated",
    "unknown": "unknown",
    "reason": "error",
}
# A spreadsheet's own bound of characters in a cell.
LONGEST = 32_767
TYPES = {
    "pairs": "application/x-ndjson",
    "jsonl": "application/x-ndjson",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def written(table: Table, rows: Sequence[Row], result: str) -> bytes:
    """The judged rows of a table as a file. result: a key of TYPES."""
    if result == "pairs":
        return _lines([{key: row[key] for key in PAIR} for row in rows])
    names = columns(table.names)
    cells = [[*row["own"], *(row[place] for place in ADDED.values())] for row in rows]
    if result == "jsonl":
        return _lines([dict(zip(names, own, strict=True)) for own in cells])
    flat = [[_flat(cell) for cell in own] for own in cells]
    if result == "xlsx":
        return _workbook([names, *flat])
    # For spreadsheets: a byte-order mark, and a ' before what they would run as a formula.
    return (BYTE_ORDER_MARK + write_records([names, *flat], ",")).encode()


def columns(names: Sequence[str]) -> list[str]:
    """Names of all columns, each another one: the user's as they are where they can be, and those that are added."""
    found: list[str] = []
    taken, counts = set(names), Counter[str]()
    for name in names:
        counts[name] += 1
        found.append(name if counts[name] == 1 else _free(name, taken))
        taken.add(found[-1])
    for name in ADDED:
        found.append(f"yiju_{name}" if f"yiju_{name}" not in taken else _free(f"yiju_{name}", taken))
        taken.add(found[-1])
    return found


def _free(name: str, taken: set[str]) -> str:
    """The name with as many underscores behind it as it takes to be another one."""
    while name in taken:
        name = f"{name}_"
    return name


def _lines(rows: Sequence[dict[str, Any]]) -> bytes:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode("utf-8", "backslashreplace")


def _flat(cell: Any) -> Any:
    """A cell for a table of plain values: a list or an object as JSON."""
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, list | dict) else cell


def _workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    """One sheet; texts stay texts, whatever they look like."""
    out = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, plain | {"nan_inf_to_errors": True}) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, [cell[:LONGEST] if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()
