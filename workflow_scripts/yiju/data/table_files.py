"""Tables of results as files that people open: JSON lines, CSV and TAB text in the dialect that yiju reads, Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.files import atomic
from yiju.base.writable import check_writable
from yiju.data.corpora.delimited import write_records
from yiju.data.corpora.rows import BYTE_ORDER_MARK
from yiju.data.table_formats import WRITTEN

SEPARATORS = {".csv": ",", ".tsv": "\t"}


def check_target(out: Path, source: Path) -> None:
    """Raise YijuError where a table cannot be written to `out`, or would replace `source`."""
    if out.suffix.lower() not in WRITTEN:
        raise YijuError(f"{out}: the name, which gives the format, must end in {', '.join(WRITTEN)}")
    check_writable(out, [source])


def write_parts(parts: Iterable[pl.DataFrame], out: Path, schema: pa.Schema) -> None:
    """Write a table that arrives in parts, in the format that the name gives, atomically."""
    suffix = out.suffix.lower()
    if suffix == ".parquet":
        tables.write_stream(parts, out, schema)
        return
    with atomic(out) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        file.writelines(text_parts(parts, suffix, schema.names))


def text_parts(parts: Iterable[pl.DataFrame], suffix: str, names: list[str]) -> Iterator[str]:
    """The text of a table, part by part. CSV begins with a byte-order mark: Excel guesses the encoding without it."""
    if suffix in SEPARATORS:
        yield (BYTE_ORDER_MARK if suffix == ".csv" else "") + write_records([names], SEPARATORS[suffix])
    for part in parts:
        yield write_records(part.iter_rows(), SEPARATORS[suffix]) if suffix in SEPARATORS else part.write_ndjson()
