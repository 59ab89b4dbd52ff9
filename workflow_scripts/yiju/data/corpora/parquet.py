"""Parquet tables of anybody's making, read in batches.

Damaged ones can make polars overlook rows or end the whole process, so a process of its own reads a file first.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl

from yiju.base.errors import YijuError
from yiju.data.corpora.columns import column_places
from yiju.data.corpora.raw_files import EXPANDED, RATIO, RawFile, open_stored, read_chunks
from yiju.data.corpora.rows import MISSING, RAW, ROWS, Labels, Part, ReadOptions, judge

# A file inside an archive is held in memory, for its parts lie in no order.
# Seconds to read a table through; damage could make that endless.
PATIENCE = 1800
LARGEST_MEMBER = 256 << 20
BEGINNING = b"PAR1"
TEXT = (pl.String, pl.Categorical, pl.Enum)
# Types of the columns; rows and bytes of text in those wanted, all of it read.
TRIAL = """
import io, json, sys
import polars as pl
wanted = json.loads(sys.argv[2])
try:
    table = pl.scan_parquet(sys.argv[1] or io.BytesIO(sys.stdin.buffer.read()), glob=False)
    schema = table.collect_schema()
    names = schema.names()
    wanted = names if wanted is None else wanted
    places = [names[column - 1] if isinstance(column, int) else column for column in wanted
              if column in names or isinstance(column, int) and 1 <= column <= len(names)]
    plain = [name for name in dict.fromkeys(places) if not schema[name].is_nested()]
    lengths = [pl.col(name).cast(pl.String, strict=False).str.len_bytes().cast(pl.Int64).sum() for name in plain]
    rows, *sizes = table.select(pl.len(), *lengths).collect(engine="streaming").row(0)
    print(json.dumps({"rows": rows, "bytes": sum(sizes), "names": names}))
except Exception as error:
    print(json.dumps({"problem": str(error).strip().split("\\n")[0][:300]}))
"""


def is_parquet(file: RawFile) -> bool:
    """Whether the content of a file begins as a Parquet table does."""
    with closing(read_chunks(file, len(BEGINNING))) as chunks:
        return next(chunks, b"") == BEGINNING


def read_parquet(
    file: RawFile,
    options: ReadOptions,
    columns: Mapping[str, str | int],
    labels: Labels,
    leave_out: pl.Expr | None = None,
) -> Iterator[pl.DataFrame]:
    """Read a table whose `columns` say where q, t and label stand: names, or positions from 1.

    Texts must be strings; a label may be text, a whole number, a fraction, or true or false. A null is an empty
    sentence, or no label. A row's number is its line. leave_out: see `judge`. Yields READ tables.
    """
    for part in _read(file, options, columns, labels, whole=False, leave_out=leave_out):
        yield part.read


def read_parts(file: RawFile, options: ReadOptions, columns: Mapping[str, str | int], labels: Labels) -> Iterator[Part]:
    """As `read_parquet`, with all columns of the table in their own types."""
    return _read(file, options, columns, labels, whole=True)


def _read(
    file: RawFile,
    options: ReadOptions,
    columns: Mapping[str, str | int],
    labels: Labels,
    whole: bool,
    leave_out: pl.Expr | None = None,
) -> Iterator[Part]:
    source = _source(file)
    trial = _try(file, source, None if whole else columns)
    names = trial["names"]
    places = column_places(file, columns, names, options.unlabelled)
    table = pl.scan_parquet(io.BytesIO(source) if isinstance(source, bytes) else source, glob=False)
    _check_types(file, table.collect_schema(), {role: names[place] for role, place in places.items()})
    cells = [pl.col(names[places[role]]).cast(pl.String).alias(role) for role in ("q", "t", "label") if role in places]
    own = [pl.col(name).alias(str(place)) for place, name in enumerate(names) if whole]
    count = 0
    for batch in table.select(*cells, *own).collect_batches(chunk_size=ROWS, lazy=True):
        texts = batch.select(one.meta.output_name() for one in cells)
        raw = texts.select(
            pl.int_range(count + 1, count + 1 + pl.len(), dtype=pl.Int64).alias("line"),
            pl.concat_str(pl.all(), separator="\t", ignore_nulls=True).alias("text"),
            *(pl.col(role) if role in places else pl.lit(None, pl.String).alias(role) for role in ("q", "t", "label")),
            pl.lit(None, pl.String).alias("problem"),
        ).cast(RAW)
        read = judge(raw, labels, options.unlabelled, leave_out, blank=pl.lit(False), missing=MISSING)
        yield Part(read, raw["label"], batch.select(one.meta.output_name() for one in own))
        count += batch.height
    if count != trial["rows"]:
        raise YijuError(f"{file}: {count} of {trial['rows']} rows could be read; write the table again")


def parquet_beginning(file: RawFile, number: int) -> pl.DataFrame:
    """The first rows of a table, at most so many."""
    source = _source(file)
    _try(file, source, {})
    table = pl.scan_parquet(io.BytesIO(source) if isinstance(source, bytes) else source, glob=False)
    return table.head(number).collect()


def parquet_names(file: RawFile) -> list[str]:
    """The names of a table's columns."""
    return _try(file, _source(file), {})["names"]


def _source(file: RawFile) -> Path | bytes:
    """The file itself, or its content where it is compressed or a member of an archive."""
    with open_stored(file) as opened:
        if file.member is None and opened.read(len(BEGINNING)) == BEGINNING:
            return file.path
    content = io.BytesIO()
    for data in read_chunks(file, 1 << 20):
        content.write(data)
        if content.tell() > LARGEST_MEMBER:
            raise YijuError(f"{file}: a table of more than {LARGEST_MEMBER >> 20} MB inside an archive; unpack it")
    return content.getvalue()


def _try(file: RawFile, source: Path | bytes, columns: Mapping[str, str | int] | None) -> dict:
    """Names, rows and bytes of text of a table that can be read. columns: those wanted, None: all."""
    path, data = (str(source), None) if isinstance(source, Path) else ("", source)
    command = [sys.executable, "-c", TRIAL, path, json.dumps(None if columns is None else list(columns.values()))]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise YijuError(f"{file}: cannot be read within {PATIENCE} s; write it again, in smaller files") from None
    trial: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {"problem": "it is damaged"}
    if "problem" in trial:
        raise YijuError(f"{file}: not a readable Parquet table ({trial['problem']}); write it again")
    if trial["bytes"] > max(EXPANDED, RATIO * (len(source) if isinstance(source, bytes) else source.stat().st_size)):
        raise YijuError(f"{file}: grows to more than {RATIO} times its size, like a decompression bomb")
    return trial


def _check_types(file: RawFile, schema: pl.Schema, chosen: Mapping[str, str]) -> None:
    for role, name in chosen.items():
        kind = schema[name]
        if kind in TEXT or (role == "label" and (kind.is_numeric() or kind == pl.Boolean)):
            continue
        raise YijuError(f"{file}: column {name!r} for {role} is {kind}, expected text; convert it")
