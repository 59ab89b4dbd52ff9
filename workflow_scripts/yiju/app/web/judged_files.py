"""A judged table as a file: its own columns, and beside them what was judged, as `yiju predict` writes it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from yiju.app.judged_rows import POSSIBLE, columns_of, possible_as
from yiju.app.web.answers import FACTS
from yiju.app.web.page_language import Language
from yiju.app.web.refusal import Refusal
from yiju.app.web.uploads import Row, Table, in_language
from yiju.base.errors import YijuError
from yiju.data.result_files import Results, prefix_for, write_results
from yiju.data.table_formats import LISTED

if TYPE_CHECKING:
    from yiju.app.explainer import Explainer

# What the page reads: without the user's other columns.
PAIR = ("line", "q", "t", "gold", *FACTS, "error")
TYPES = {
    "pairs": "application/x-ndjson",
    "jsonl": "application/x-ndjson",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def written(explainer: Explainer, table: Table, judged: Sequence[Row], result: str, language: Language) -> bytes:
    """The judged rows of a table as a file, with errors in a language. result: a key of TYPES.

    Raises Refusal for what a workbook cannot hold.
    """
    rows = [in_language(row, language) for row in judged]
    if result == "pairs":
        lines = (json.dumps({key: row[key] for key in PAIR}, ensure_ascii=False) for row in rows)
        return "".join(f"{line}\n" for line in lines).encode()
    added = _added(explainer, table, rows, f".{result}" in LISTED)
    with tempfile.TemporaryDirectory(prefix="yiju-") as folder:
        out = Path(folder) / f"judged.{result}"
        try:
            write_results([Results(table.own, added)], table.form, out, table.sentences)
        except YijuError as error:
            raise Refusal(422, "unwritable", str(error).replace(str(out), "the result")) from None
        return out.read_bytes()


def _added(explainer: Explainer, table: Table, rows: Sequence[Row], listed: bool) -> pl.DataFrame:
    """The columns that are added; `reason` is what is wrong with a row."""
    kinds = columns_of(None, explainer, listed)
    prefix = prefix_for(table.form.names, kinds)
    cells = [row | {"reason": row["error"], POSSIBLE: possible_as(row[POSSIBLE], listed)} for row in rows]
    values = [[row[name] for name in kinds] for row in cells]
    return pl.DataFrame(values, schema={f"{prefix}{name}": kind for name, kind in kinds.items()}, orient="row")
