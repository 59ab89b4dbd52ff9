"""Files of sentence pairs to be judged, in common formats: rows that are no pairs are reported, not lost."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from yiju.config.readers import complete_options, load_reader
from yiju.data.corpora.columns import column_places
from yiju.data.corpora.delimited_pairs import TextTable, open_table, select_pairs
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.headers import find_couples, find_label, seems_header
from yiju.data.corpora.jsonl import first_keys
from yiju.data.corpora.parquet import parquet_names
from yiju.data.corpora.rows import Labels, ReadOptions
from yiju.data.corpora.shape import code_column, require_columns
from yiju.data.highlights.annotations import OTHER, SIMILAR
from yiju.data.named_rows import plain_name
from yiju.data.table_formats import FORMATS
from yiju.base.errors import YijuError

log = logging.getLogger(__name__)
SPREADSHEETS = (".xlsx", ".xls", ".ods", ".numbers")
SEPARATORS = {"tsv": "\t", "csv": ","}
# A label as tables write it.
LABELS = {
    **dict.fromkeys((*OTHER, "0.0", "false", "False"), 0),
    **dict.fromkeys((*SIMILAR, "1.0", "true", "True"), 1),
}
Column = str | int


@dataclass(frozen=True)
class Remedies:
    """What the user has to do, in the words of the place where the file was given.

    first_line: where the columns have no names that identify the sentences; names: where several may hold them; no_header:
    where a first line only looks like names; separators: by what separates the fields, where that is not what the
    format says.
    """

    first_line: str
    names: str
    no_header: str
    separators: dict[str, str]


ON_COMMAND_LINE = Remedies(
    first_line="name the columns q and t in the first line, or give both with --q and --t, by name or by number",
    names="give both with --q and --t",
    no_header="give --no-header if it is a pair",
    separators={sign: f"give --format {kind}" for kind, sign in SEPARATORS.items()},
)
ON_PAGE = Remedies(
    first_line="name the columns of the two sentences q and t in the first line of the file",
    names="name the two that hold the sentences q and t in the file",
    no_header="if it is a pair, write a first line before it that names the columns q and t",
    separators={sign: f"let the name of the file end in .{kind}" for kind, sign in SEPARATORS.items()},
)


def read_pairs(
    path: Path,
    kind: str | None = None,
    columns: tuple[Column, Column] | None = None,
    header: bool | None = None,
    remedies: Remedies = ON_COMMAND_LINE,
    labelled: bool = False,
    label: Column | None = None,
) -> Iterator[pl.DataFrame]:
    """READ tables (`yiju.data.corpora.rows`) of a file of pairs; `reason` says why a row is no pair.

    kind: a key of FORMATS without its dot, or None: by the name. columns: of q and t, by name, or in text files and
    Parquet by position from 1; None: found by their names (`yiju.data.corpora.headers`), or in TAB-separated text without
    such names the first two. header: whether the first line of a text file names its columns; None: recognised.
    remedies: what messages advise. labelled: whether every pair must have a label, 0 or 1 (LABELS), in the column
    `label`, None: found by its name, or in text without names the third. Raises YijuError, also where it is not clear
    which columns hold the sentences.
    """
    known, file = FORMATS[f".{kind}"] if kind else _format(path), RawFile(path)
    if known in SEPARATORS:
        table = open_table(file, SEPARATORS[known], strict=known == "csv")
        require_columns(file, table, remedies.separators)
        places, named = _text_columns(file, known, table, columns, header, remedies)
        if labelled and table.first:
            places["label"] = _label_place(file, table.names if named else len(table.first), label)
        labels = Labels(LABELS, allowed="1 (similar), 0 (not similar)") if labelled else Labels({})
        return select_pairs(table, places, named, labels, unlabelled=not labelled)
    names = [] if columns and (label or not labelled) else first_keys(file) if known == "jsonl" else parquet_names(file)
    q, t = columns or _named_columns(file, names, remedies)
    chosen = {"q": q, "t": t, "label": (label or _named_label(file, names)) if labelled else ""}
    own = complete_options("generic", {"format": known, **chosen, **({"labels": LABELS} if labelled else {})})
    return load_reader("generic")(file, ReadOptions(unlabelled=not labelled, own=own))


def _label_place(file: RawFile, names: Sequence[str] | int, label: Column | None) -> int:
    """Place of the column of labels in a text file. names: of its columns, or how many there are."""
    chosen = label or (3 if isinstance(names, int) else _named_label(file, names))
    return column_places(file, {"label": chosen}, names, unlabelled=False)["label"]


def _named_label(file: RawFile, names: Sequence[str]) -> str:
    place = find_label(names)
    if place is not None or not names:
        # Nothing there, or nothing readable: the reader says what.
        return "label" if place is None else names[place]
    raise YijuError(f"{file}: no column holds the labels by its name; the file has {_shown(names)}; give --label")


def _format(path: Path) -> str:
    name = plain_name(path)
    if name.suffix.lower() in SPREADSHEETS:
        raise YijuError(f"{path}: a spreadsheet is not read; save it as “CSV UTF-8” and give that file")
    if name.suffix.lower() not in FORMATS:
        ends = ", ".join(FORMATS)
        raise YijuError(f"{path}: the name, which gives the format, ends in none of {ends}; give --format")
    return FORMATS[name.suffix.lower()]


def _text_columns(
    file: RawFile,
    kind: str,
    table: TextTable,
    columns: tuple[Column, Column] | None,
    header: bool | None,
    remedies: Remedies,
) -> tuple[dict[str, int], bool]:
    """Places of q and t in a text file, and whether its first record is its header."""
    if not table.first:
        return {}, False
    if columns:
        return _given_columns(file, table, columns, header)
    couple = None if header is False else _couple(file, table.names, remedies)
    if couple:
        return dict(zip("qt", couple, strict=True)), True
    if header is not False and (header or kind == "csv" or seems_header(table.names, table.sample)):
        escape = f"; or {remedies.no_header}" if kind != "csv" or header is None else ""
        raise YijuError(
            f"{file} line {table.line}: this line ({_shown(table.names)}) names the columns, or seems to, but does not "
            f"say which hold the two sentences; {remedies.first_line}{escape}"
        )
    code = code_column(table)
    if code is not None:
        raise YijuError(
            f"{file} line {table.line}: column {code + 1} holds numbers ({table.names[code][:40]}), and not sentences; "
            f"{remedies.first_line}"
        )
    return {"q": 0, "t": 1}, False


def _given_columns(
    file: RawFile, table: TextTable, columns: tuple[Column, Column], header: bool | None
) -> tuple[dict[str, int], bool]:
    """Places of the columns that a person names or numbers, and whether the first record is the header."""
    named = any(isinstance(column, str) for column in columns)
    if named and header is False:
        raise YijuError(f"{file}: columns are given by name, but the first line is said to name none (--no-header)")
    if header is None and not named and seems_header(table.names, table.sample):
        log.info("%s line %d names the columns (%s) and is not judged", file, table.line, _shown(table.names))
        header = True
    by_name = table.names if named or header else len(table.names)
    return column_places(file, dict(zip("qt", columns, strict=True)), by_name, True), named or bool(header)


def _named_columns(file: RawFile, names: Sequence[str], remedies: Remedies) -> tuple[Column, Column]:
    """The names of the columns of q and t among those of a file in which each row, or the table, has names."""
    couple = _couple(file, names, remedies)
    if couple:
        return names[couple[0]], names[couple[1]]
    if not names:
        # Nothing there, or nothing readable: the reader says what.
        return "q", "t"
    raise YijuError(
        f"{file}: no column q or t, and no other two names that identify the two sentences; the file has "
        f"{_shown(names)}; {remedies.names}"
    )


def _couple(file: RawFile, names: Sequence[str], remedies: Remedies) -> tuple[int, int] | None:
    found = find_couples(names)
    if len(found) > 1:
        several = ", ".join(f"{names[first]} and {names[second]}" for first, second in found)
        raise YijuError(f"{file}: several columns may hold the two sentences ({several}); {remedies.names}")
    if found and [names[place] for place in found[0]] != ["q", "t"]:
        log.info("%s: columns q=%s, t=%s found by their names", file, *(names[place] for place in found[0]))
    return found[0] if found else None


def _shown(names: Sequence[str]) -> str:
    return ", ".join(name[:40] for name in names[:20])
