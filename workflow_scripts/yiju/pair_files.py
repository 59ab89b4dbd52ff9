"""Files of sentence pairs to be judged, in common formats: rows that are no pairs are reported, not lost."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from yiju.corpora import complete_options, load_reader
from yiju.corpora.columns import column_places
from yiju.corpora.delimited_pairs import TextTable, open_table, select_pairs
from yiju.corpora.files import RawFile
from yiju.corpora.headers import find_couples, seems_header
from yiju.corpora.jsonl import first_keys
from yiju.corpora.parquet import parquet_names
from yiju.corpora.rows import Labels, ReadOptions
from yiju.errors import YijuError

log = logging.getLogger(__name__)
# By the end of a file's name, before that of a compression: its format.
SPREADSHEETS = (".xlsx", ".xls", ".ods", ".numbers")
FORMATS = {".tsv": "tsv", ".txt": "tsv", ".csv": "csv", ".jsonl": "jsonl", ".json": "jsonl", ".parquet": "parquet"}
COMPRESSED = (".gz", ".xz", ".bz2")
SEPARATORS = {"tsv": "\t", "csv": ","}
REMEDY = "name the columns q and t in the first line, or give both with --q and --t, by name or by number"
Column = str | int


def read_pairs(
    path: Path,
    kind: str | None = None,
    columns: tuple[Column, Column] | None = None,
    header: bool | None = None,
) -> Iterator[pl.DataFrame]:
    """READ tables (`yiju.corpora.rows`) of a file of pairs; `reason` says why a row is no pair.

    kind: a key of FORMATS without its dot, or None: by the name. columns: of q and t, by name, or in text files and
    Parquet by position from 1; None: found by their names (`yiju.corpora.headers`), or in TAB-separated text without
    such names the first two. header: whether the first line of a text file names its columns; None: recognised.
    Raises YijuError, also where it is not clear which columns hold the sentences.
    """
    known, file = FORMATS[f".{kind}"] if kind else _format(path), RawFile(path)
    if known in SEPARATORS:
        table = open_table(file, SEPARATORS[known], strict=known == "csv")
        return select_pairs(table, *_text_columns(file, known, table, columns, header), Labels({}), unlabelled=True)
    q, t = columns or _named_columns(file, first_keys(file) if known == "jsonl" else parquet_names(file))
    own = complete_options("generic", {"format": known, "q": q, "t": t, "label": ""})
    return load_reader("generic")(file, ReadOptions(unlabelled=True, own=own))


def _format(path: Path) -> str:
    name = path.with_suffix("") if path.suffix.lower() in COMPRESSED else path
    if name.suffix.lower() in SPREADSHEETS:
        raise YijuError(f"{path}: a spreadsheet is not read; save it as “CSV UTF-8” and give that file")
    if name.suffix.lower() not in FORMATS:
        ends = ", ".join(FORMATS)
        raise YijuError(f"{path}: the name, which tells the format, ends in none of {ends}; give --format")
    return FORMATS[name.suffix.lower()]


def _text_columns(
    file: RawFile, kind: str, table: TextTable, columns: tuple[Column, Column] | None, header: bool | None
) -> tuple[dict[str, int], bool]:
    """Places of q and t in a text file, and whether its first record is its header."""
    if not table.first:
        return {}, False
    if columns:
        named = any(isinstance(column, str) for column in columns)
        if named and header is False:
            raise YijuError(f"{file}: columns are given by name, but the first line is said to name none (--no-header)")
        if header is None and not named and seems_header(table.names, table.sample):
            log.info("%s line %d names the columns (%s) and is not judged", file, table.line, _shown(table.names))
            header = True
        by_name = table.names if named or header else len(table.names)
        return column_places(file, dict(zip("qt", columns, strict=True)), by_name, True), named or bool(header)
    couple = None if header is False else _couple(file, table.names)
    if couple:
        return dict(zip("qt", couple, strict=True)), True
    if header is not False and (header or kind == "csv" or seems_header(table.names, table.sample)):
        escape = "; or give --no-header if it is a pair" if kind != "csv" or header is None else ""
        raise YijuError(
            f"{file} line {table.line}: this line ({_shown(table.names)}) names the columns, or seems to, but does not "
            f"say which hold the two sentences; {REMEDY}{escape}"
        )
    return column_places(file, {"q": 1, "t": 2}, len(table.names), True), False


def _named_columns(file: RawFile, names: Sequence[str]) -> tuple[Column, Column]:
    """The names of the columns of q and t among those of a file in which each row, or the table, has names."""
    couple = _couple(file, names)
    if couple:
        return names[couple[0]], names[couple[1]]
    if not names:
        # Nothing there, or nothing readable: the reader says what.
        return "q", "t"
    raise YijuError(
        f"{file}: no column q or t, and no other two names that tell the two sentences; the file has "
        f"{_shown(names)}; give both with --q and --t"
    )


def _couple(file: RawFile, names: Sequence[str]) -> tuple[int, int] | None:
    found = find_couples(names)
    if len(found) > 1:
        several = ", ".join(f"{names[first]} and {names[second]}" for first, second in found)
        raise YijuError(f"{file}: several columns may hold the two sentences ({several}); give both with --q and --t")
    if found and [names[place] for place in found[0]] != ["q", "t"]:
        log.info("%s: columns q=%s, t=%s found by the header", file, *(names[place] for place in found[0]))
    return found[0] if found else None


def _shown(names: Sequence[str]) -> str:
    return ", ".join(name[:40] for name in names[:20])
