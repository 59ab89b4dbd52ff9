"""Small tables of pairs: how one begins, and an answer for every row, be it that it is no pair."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from yiju.app.explainer import Explainer
from yiju.app.web.answers import FACTS
from yiju.app.web.limits import CHARACTERS, Limits
from yiju.app.web.page_language import Language, translated
from yiju.app.web.parquet_uploads import write_lines
from yiju.app.web.recognised import PARQUET, WORKBOOKS, recognised
from yiju.app.web.refusal import Refusal
from yiju.base.errors import YijuError
from yiju.data.column_choice import ON_PAGE, ColumnsUnclear
from yiju.data.corpora.label_kinds import kind_of_labels
from yiju.data.result_files import Form, form_of
from yiju.data.table_description import Look, Wanted
from yiju.data.table_look import look, read_parts

# Pairs judged at a time, so that other requests come in between.
PART = 32
# In the place of a column's position.
NO_LABEL = 0
# Rows of the beginning, and characters of one of its cells.
SHOWN, CELL = 3, 200
# Compressed files and archives, by their first bytes: small ones may grow to anything. Workbooks are archives too.
PACKED = re.compile(rb"\x1f\x8b|BZh|\xfd7zXZ|PK\x03\x04|7z\xbc\xaf|\x28\xb5\x2f\xfd|Rar!")
NO_ROWS = "the file holds no rows"

Row = dict[str, Any]


@dataclass(frozen=True)
class Chosen:
    """What a request says of its table: kind, the columns by their positions from 1, None where it leaves them open.

    label: NO_LABEL where there is none; header: whether the first record names the columns, None: recognised.
    """

    kind: str
    q: int | None = None
    t: int | None = None
    label: int | None = None
    header: bool | None = None

    def wanted(self) -> Wanted:
        columns = None if self.q is None or self.t is None else (self.q, self.t)
        return Wanted(
            self.kind, columns, self.label or None, self.header, remedies=ON_PAGE, label_by_content=True, small=True
        )


@dataclass(frozen=True)
class Table:
    """form: how its columns are called; own: all its cells; sentences: places of q and t.

    rows: `line`, `q`, `t`, `gold` and `error` of each row, and room for what is judged.
    """

    form: Form
    own: pl.DataFrame
    sentences: tuple[int, int]
    rows: list[Row]


def beginning(body: bytes, chosen: Chosen, limits: Limits) -> dict[str, Any]:
    """The columns of a table with their first values, and which of them seem to hold what. Raises Refusal.

    Where it is not clear which hold the sentences, none is named, and `said` has the reason.
    """
    with _stored(body, chosen, limits) as (path, wanted):
        try:
            found, said = look(path, wanted), []
        except ColumnsUnclear as unclear:
            if wanted.columns:
                raise
            try:
                found, said = look(path, replace(wanted, columns=(1, 2))), [str(unclear)]
            except YijuError:
                raise unclear from None
        places = {} if said else {role: place + 1 for role, place in found.choice.places.items()}
        return _described(found, places, said or list(found.said))


def read_table(body: bytes, chosen: Chosen, limits: Limits) -> Table:
    """All rows of a table, in order; blank lines are none. Raises Refusal for what is no table of pairs."""
    with _stored(body, chosen, limits) as (path, wanted):
        found = look(path, wanted)
        parts, count = [], 0
        for part in read_parts(found):
            count += len(part.read)
            if count > limits.rows:
                most = f"{limits.rows:,}"
                raise Refusal(422, "too_many_rows", f"the file has more than {most} rows; cut it, or `yiju predict`")
            parts.append(part)
        if not count:
            raise Refusal(422, "no_rows", NO_ROWS)
        labels = [label for part in parts for label in part.labels]
        without = found.choice.label is None or chosen.label == NO_LABEL
        meanings = {} if without else _meanings(labels, chosen.label is not None)
        reads = (read for part in parts for read in part.read.iter_rows(named=True))
        rows = [_row(read, meanings.get(label or "")) for read, label in zip(reads, labels, strict=True)]
        return Table(form_of(found), pl.concat([part.own for part in parts]), (found.choice.q, found.choice.t), rows)


def judge_rows(explainer: Explainer, rows: Sequence[Row]) -> list[Row]:
    """The rows with what is judged of them, where they are pairs, else with `error`."""
    pairs = [(row["q"], row["t"]) for row in rows if row["error"] is None]
    reasons = iter(explainer.refusals(pairs))
    checked = [row if row["error"] else row | {"error": next(reasons)} for row in rows]
    found = iter(explainer.predict((row["q"], row["t"]) for row in checked if row["error"] is None))
    return [row | dict.fromkeys("qt") if row["error"] else row | _facts(next(found)) for row in checked]


def parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows in parts of PART."""
    for start in range(0, len(rows), PART):
        yield rows[start : start + PART]


def in_language(row: Row, language: Language) -> Row:
    """A row whose error, where it has one, is in a language."""
    return row if row["error"] is None else row | {"error": translated(row["error"], language)}


@contextmanager
def _stored(body: bytes, chosen: Chosen, limits: Limits) -> Iterator[tuple[Path, Wanted]]:
    """The table as a file, and how it is to be read, for the block in which it is read.

    Raises Refusal in the place of a YijuError of the block.
    """
    is_one = recognised(body)
    if is_one in WORKBOOKS and chosen.kind not in WORKBOOKS:
        raise Refusal(415, "is_workbook", f"this is a workbook; say format={is_one}")
    if is_one == PARQUET and chosen.kind != PARQUET:
        raise Refusal(415, "is_parquet", f"this is a Parquet table; say format={PARQUET}")
    if PACKED.match(body) and chosen.kind not in WORKBOOKS:
        raise Refusal(415, "packed", "the file is compressed or an archive; send the plain text file")
    with tempfile.TemporaryDirectory(prefix="yiju-") as folder:
        path = Path(folder) / f"file.{chosen.kind}"
        path.write_bytes(body)
        try:
            if chosen.kind == PARQUET:
                # One row more than is judged, so that it is known whether there are too many.
                path, chosen = write_lines(path, limits.rows + 1), replace(chosen, kind="jsonl")
                if not path.stat().st_size:
                    raise Refusal(422, "no_rows", NO_ROWS)
            yield path, chosen.wanted()
        except YijuError as error:
            raise Refusal(422, "unreadable", _without_path(str(error), path)) from None


def _without_path(told: str, path: Path) -> str:
    """A line without the name on this machine's disk, which is nobody's business."""
    for name in (path, path.with_suffix(f".{PARQUET}")):
        told = told.replace(str(name), "the file")
    return told


def _described(found: Look, places: dict[str, int], said: list[str]) -> dict[str, Any]:
    first = next(read_parts(found), None)
    rows = [] if first is None else first.own.head(SHOWN).rows()
    columns = [
        {"name": name, "values": [_shown(row[place], found) for row in rows]} for place, name in enumerate(found.names)
    ]
    told = [_without_path(line, found.file.path) for line in said]
    roles = {role: places.get(role) for role in ("q", "t", "label")}
    return {"columns": columns, **roles, "header": found.choice.header, "said": told}


def _row(read: dict[str, Any], gold: int | None) -> Row:
    error = read["reason"]
    if error is None and max(len(read["q"]), len(read["t"])) > CHARACTERS:
        error = f"a sentence is longer than {CHARACTERS} characters"
    pair = {side: read[side] if error is None else None for side in "qt"}
    return {"line": read["line"], **pair, "gold": gold, **dict.fromkeys(FACTS), "error": error}


def _meanings(labels: Sequence[str | None], asked: bool) -> Mapping[str, int | None]:
    """What the labels mean; none where that is not clear. Raises Refusal there if their column was asked for."""
    kind = kind_of_labels(Counter(filter(None, labels)))
    if kind is None and asked:
        raise Refusal(
            422,
            "labels",
            "it is not clear what the column of right answers means; write 1 for similar and 0 for not similar, or "
            "choose another column, or none",
        )
    return {} if kind is None else kind.meanings


def _shown(cell: str | None, found: Look) -> str:
    """The beginning of a cell, which is JSON where it may be more than text."""
    value = json.loads(cell) if cell is not None and form_of(found).json else cell
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    return text[:CELL]


def _facts(found: Any) -> Row:
    return {name: getattr(found, name) for name in FACTS}
