"""Small files of pairs: every row gets an answer, be it that it is no pair."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from yiju.app.explainer import Explainer
from yiju.app.web.answers import FACTS
from yiju.app.web.limits import CHARACTERS, Limits
from yiju.app.web.refusal import Refusal
from yiju.base.errors import YijuError
from yiju.data.column_choice import ON_PAGE
from yiju.data.corpora.delimited import write_records
from yiju.data.corpora.rows import BYTE_ORDER_MARK
from yiju.data.pair_files import read_pairs
from yiju.data.table_look import Wanted

# Pairs judged at a time, so that other requests come in between.
PART = 32
FIELDS = ("line", "q", "t", *FACTS, "error")
# Compressed files and archives, by their first bytes: small ones may grow to anything.
PACKED = re.compile(rb"\x1f\x8b|BZh|\xfd7zXZ|PK\x03\x04|7z\xbc\xaf|\x28\xb5\x2f\xfd|Rar!")

Row = dict[str, Any]


def read_rows(body: bytes, kind: str, limits: Limits) -> list[Row]:
    """Rows of an uploaded file, in order: `line`, `q` and `t`, and `error` of a row that is no pair.

    kind: tsv, csv or jsonl; which columns hold the sentences is found as `yiju.data.pair_files` says. Raises Refusal
    for what is no such file.
    """
    if PACKED.match(body):
        raise Refusal(415, "packed", "the file is compressed or an archive; send the plain text file")
    with tempfile.TemporaryDirectory(prefix="yiju-") as folder:
        path = Path(folder) / f"file.{kind}"
        path.write_bytes(body)
        try:
            return list(_bounded(path, kind, limits.rows))
        except YijuError as error:
            # The name on this machine's disk is nobody's business.
            raise Refusal(422, "unreadable", str(error).replace(str(path), "the file")) from None


def judge_rows(explainer: Explainer, rows: Sequence[Row]) -> list[Row]:
    """The rows with `label`, `probability`, `truncated` and `unknown`, where they are pairs, else with `error`."""
    pairs = [(row["q"], row["t"]) for row in rows if row["error"] is None]
    reasons = iter(explainer.refusals(pairs))
    checked = [row if row["error"] else row | {"error": next(reasons)} for row in rows]
    found = iter(explainer.predict((row["q"], row["t"]) for row in checked if row["error"] is None))
    return [row | dict.fromkeys("qt") if row["error"] else row | _facts(next(found)) for row in checked]


def parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows in parts of PART."""
    for start in range(0, len(rows), PART):
        yield rows[start : start + PART]


def written(rows: Sequence[Row], result: str) -> bytes:
    """JSON lines, or CSV for spreadsheets: with a byte-order mark, and a ' before what they would run as a formula."""
    if result == "jsonl":
        lines = (json.dumps({key: row[key] for key in FIELDS}, ensure_ascii=False) for row in rows)
        return "".join(f"{line}\n" for line in lines).encode()
    return (BYTE_ORDER_MARK + write_records([FIELDS, *([row[key] for key in FIELDS] for row in rows)], ",")).encode()


def _bounded(path: Path, kind: str, most: int) -> Iterator[Row]:
    count = 0
    for table in read_pairs(path, Wanted(kind, remedies=ON_PAGE)):
        for row in table.filter(pl.col("reason").ne_missing("empty line")).iter_rows(named=True):
            count += 1
            if count > most:
                raise Refusal(422, "too_many_rows", f"the file has more than {most:,} rows; cut it, or `yiju predict`")
            yield _row(row)
    if not count:
        raise Refusal(422, "no_rows", "the file holds no rows")


def _row(row: dict[str, Any]) -> Row:
    error = row["reason"]
    if error is None and max(len(row["q"]), len(row["t"])) > CHARACTERS:
        error = f"a sentence is longer than {CHARACTERS} characters"
    pair = {side: row[side] if error is None else None for side in "qt"}
    return {"line": row["line"], **pair, **dict.fromkeys(FACTS), "error": error}


def _facts(found: Any) -> Row:
    return {name: getattr(found, name) for name in FACTS}
