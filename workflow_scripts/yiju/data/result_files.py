"""A user's table with columns of results beside its own: JSON lines, CSV, TAB text, Parquet or a workbook."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from yiju.base.errors import YijuError
from yiju.base.files import atomic
from yiju.base.writable import check_writable
from yiju.data.corpora.delimited import write_records
from yiju.data.corpora.rows import BYTE_ORDER_MARK
from yiju.data.result_sheets import Span, plain, write_sheet
from yiju.data.table_description import Look
from yiju.data.table_files import SEPARATORS
from yiju.data.table_formats import RESULTS

PREFIX = "yiju_"


@dataclass(frozen=True)
class Results:
    """Rows of a table, `own` as in `yiju.data.corpora.rows.Part`, and the columns that are added to them.

    marked: by place of a column of `own`, the parts of each row's text that a workbook shows in bold.
    """

    own: pl.DataFrame
    added: pl.DataFrame
    marked: dict[int, list[list[Span]]] | None = None


@dataclass(frozen=True)
class Form:
    """names: of the user's columns; json: whether their cells are JSON, as those of JSON lines and workbooks are."""

    names: tuple[str, ...]
    json: bool


def check_target(out: Path, source: Path, suffixes: Sequence[str] = RESULTS) -> None:
    """Raise YijuError where results cannot be written to `out`, or would replace `source`."""
    if out.suffix.lower() not in suffixes:
        raise YijuError(f"{out}: the name, which gives the format, must end in {', '.join(suffixes)}")
    check_writable(out, [source])


def form_of(found: Look) -> Form:
    """How the columns of a table are called in its results: those without names q, t, label and column_4, ..."""
    roles = {place: role for role, place in found.choice.places.items()}
    numbered = [roles.get(place, f"column_{place + 1}") for place in range(len(found.names))]
    names = found.names if found.choice.header else tuple(numbered)
    return Form(names, found.kind in ("jsonl", "xlsx"))


def prefix_for(names: Sequence[str], added: Iterable[str]) -> str:
    """What the names of added columns begin with, so that none is a column of the user: yiju_, or more underscores."""
    taken, prefix = {name.lower() for name in names}, PREFIX
    while any(f"{prefix}{name}" in taken for name in added):
        prefix += "_"
    return prefix


def write_results(parts: Iterable[Results], form: Form, out: Path, sentences: Sequence[int]) -> None:
    """Write results in the format that the name gives, atomically and part by part. sentences: places of q and t."""
    suffix = out.suffix.lower()
    with atomic(out) as temporary:
        if suffix == ".parquet":
            _write_parquet(parts, form, temporary)
        elif suffix == ".xlsx":
            write_sheet(((_values(part, form), part) for part in parts), form.names, temporary, sentences, str(out))
        else:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                file.writelines(text_parts(parts, form, suffix))


def text_parts(parts: Iterable[Results], form: Form, suffix: str) -> Iterator[str]:
    """Results as text, part by part. CSV begins with a byte-order mark: Excel guesses the encoding without it."""
    begun = False
    for part in parts:
        if part.own.is_empty():
            continue
        if suffix in SEPARATORS:
            names = [[*form.names, *part.added.columns]] if not begun else []
            rows = ([plain(value) for value in row] for row in _values(part, form))
            mark = BYTE_ORDER_MARK if suffix == ".csv" and not begun else ""
            yield mark + write_records(chain(names, rows), SEPARATORS[suffix])
        else:
            yield _objects(part, form)
        begun = True


def _values(part: Results, form: Form) -> Iterator[tuple[object, ...]]:
    """Values of the rows, own ones and added ones."""
    for own, added in zip(part.own.iter_rows(), part.added.iter_rows(), strict=True):
        yield (*(map(_parsed, own) if form.json else own), *added)


def _parsed(cell: str | None) -> object:
    """The value of a cell in JSON; half a surrogate pair, which no file can hold, stays an escape."""
    value = None if cell is None else json.loads(cell)
    if isinstance(value, str) and "\\ud" in str(cell):
        return value.encode("utf-8", "backslashreplace").decode()
    return value


def _objects(part: Results, form: Form) -> str:
    """Results as JSON lines. An object has the fields that it had, as they were written."""
    if not form.json:
        own = part.own.rename(dict(zip(part.own.columns, distinct(form.names), strict=True)))
        return pl.concat([own, part.added], how="horizontal").write_ndjson()
    keys = [json.dumps(name, ensure_ascii=False) for name in distinct(form.names)]
    # Only this sign ends a line there.
    added = part.added.write_ndjson().removesuffix("\n").split("\n")
    rows = zip(part.own.iter_rows(), added, strict=True)
    return "".join(f"{{{_fields(keys, cells)}{line[1:]}\n" for cells, line in rows)


def _fields(keys: Sequence[str], cells: Sequence[str | None]) -> str:
    return "".join(f"{key}: {cell}, " for key, cell in zip(keys, cells, strict=True) if cell is not None)


def _write_parquet(parts: Iterable[Results], form: Form, path: Path) -> None:
    """Columns of a Parquet table keep their types; those of any other table are texts."""
    names, file = distinct(form.names), None
    try:
        for part in parts:
            own = (
                _texts(part.own)
                if form.json
                else part.own.with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
            )
            table = pl.concat([own.rename(dict(zip(own.columns, names, strict=True))), part.added], how="horizontal")
            arrow = table.to_arrow()
            file = file or pq.ParquetWriter(path, arrow.schema, compression="zstd")
            file.write_table(arrow)
    finally:
        if file:
            file.close()


def _texts(own: pl.DataFrame) -> pl.DataFrame:
    """Cells in JSON as texts."""
    columns = [pl.Series(column.name, [_text(cell) for cell in column], pl.String) for column in own]
    return pl.DataFrame(columns)


def _text(cell: str | None) -> str | None:
    value = _parsed(cell)
    return value if value is None or isinstance(value, str) else str(cell)


def distinct(names: Sequence[str]) -> list[str]:
    """Names of which none occurs twice: a further one gets a number, for objects and Parquet know no other way."""
    found: list[str] = []
    for name in names:
        number, one = 1, name
        while one in found or (number > 1 and one in names):
            number += 1
            one = f"{name}_{number}"
        found.append(one)
    return found
