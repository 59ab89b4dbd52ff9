"""A look at a user's table of pairs: how it is read, which columns hold what, and what its labels mean."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from yiju.base.errors import YijuError
from yiju.data.column_choice import SEPARATORS, Choice, Start, choose
from yiju.data.corpora.delimited_pairs import SAMPLE, TextTable, open_table, select_pairs, select_parts
from yiju.data.corpora.encoded import with_encoding
from yiju.data.corpora.jsonl import Keys, all_keys, beginning, read_objects
from yiju.data.corpora.jsonl import read_parts as read_json_parts
from yiju.data.corpora.label_kinds import LabelKind, kind_of_labels
from yiju.data.corpora.parquet import parquet_beginning, read_parquet
from yiju.data.corpora.parquet import read_parts as read_parquet_parts
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import MISSING, Labels, Part, ReadOptions
from yiju.data.corpora.shape import DECLARED, other_separator, require_columns
from yiju.data.corpora.workbooks import MOST_COLUMNS, open_workbook, with_error_cells
from yiju.data.named_rows import plain_name
from yiju.data.table_description import NOTHING_SAID, Look, Wanted
from yiju.data.table_formats import FORMATS

NOT_READ = (".numbers", ".xlsb")
# Different labels of a column, at most: it holds something else otherwise.
MOST_LABELS = 1000
LABELS_SHOWN = 10
NO_LABELS = Labels({})


@dataclass(frozen=True)
class Counts:
    """Rows of a table that are pairs, those that are none, and how often each label stands there, as written."""

    pairs: int
    bad: int
    labels: Mapping[str, int] = field(default_factory=dict)


def look(path: Path, wanted: Wanted = NOTHING_SAID) -> Look:
    """How a table is read. Raises YijuError, naming place and remedy, where it cannot be or leaves a choice."""
    kind = FORMATS[f".{wanted.kind}"] if wanted.kind else _format(path)
    file = RawFile(path)
    if kind in SEPARATORS or kind == "jsonl":
        file = with_encoding(file, wanted.encoding, wanted.remedies.encoding)
    said = () if file.encoding == "utf-8" else (f"{path} is read as {file.encoding.upper()}",)
    if kind in SEPARATORS:
        found = _look_at_text(file, kind, wanted)
    elif kind == "xlsx":
        found = _look_at_workbook(file, wanted)
    else:
        found = _look_at_names(file, kind, wanted)
    return replace(found, said=(*said, *found.said, *found.choice.said), small=wanted.small)


def read_parts(found: Look, labels: Labels = NO_LABELS, unlabelled: bool = True) -> Iterator[Part]:
    """All rows of a table with all their columns, in parts; of a small one without blank lines.

    labels, unlabelled: as readers take them.
    """
    choice, options = found.choice, ReadOptions(unlabelled=unlabelled)
    if found.kind == "parquet":
        return read_parquet_parts(found.file, options, _numbers(choice), labels)
    if found.kind == "jsonl":
        return read_json_parts(found.file, options, _keys(found), labels, MISSING, found.names, found.small)
    return select_parts(_table(found), choice.places, choice.header, labels, unlabelled, found.small)


def read_rows(found: Look, labels: Labels = NO_LABELS, unlabelled: bool = True) -> Iterator[pl.DataFrame]:
    """READ tables (`yiju.data.corpora.rows`) of a table. labels, unlabelled: as readers take them."""
    choice, options = found.choice, ReadOptions(unlabelled=unlabelled)
    if found.kind == "parquet":
        return read_parquet(found.file, options, _numbers(choice), labels)
    if found.kind == "jsonl":
        return read_objects(found.file, options, _keys(found), labels, MISSING)
    return select_pairs(_table(found), choice.places, choice.header, labels, unlabelled)


def count(found: Look) -> Counts:
    """Read a table through and count its rows and labels. Raises YijuError where it has too many different labels."""
    pairs, bad, labels = 0, 0, Counter[str]()
    for part in read_parts(found):
        good = part.read["reason"].is_null()
        none = (~good & part.read["reason"].ne_missing("empty line")).sum()
        pairs, bad = pairs + int(good.sum()), bad + int(none)
        labels.update(dict(part.labels.filter(good).drop_nulls().value_counts().iter_rows()))
        if len(labels) > MOST_LABELS:
            column = found.names[found.choice.places["label"]]
            raise YijuError(
                f"{found.file}: column {column} has more than {MOST_LABELS:,} different values, and is no label"
            )
    return Counts(pairs, bad, dict(sorted(labels.items(), key=lambda one: (-one[1], one[0]))))


def labels_of(found: Look, counts: Counts) -> LabelKind:
    """What the labels of a table mean. Raises YijuError where it has none, or where it is not clear what they mean."""
    if "label" not in found.choice.places:
        raise YijuError(f"{found.file}: no column holds the labels, by its name or by what is in it; give --label")
    kind = kind_of_labels(counts.labels)
    if kind is None:
        column = found.names[found.choice.places["label"]]
        values = ", ".join(f"{text!r} ({number:,})" for text, number in [*counts.labels.items()][:LABELS_SHOWN])
        raise YijuError(
            f"{found.file}: it is not clear what the labels in column {column} mean: {values or 'there are none'}; "
            "write 1 for similar and 0 for not similar, or give another column with --label"
        )
    return kind


def _format(path: Path) -> str:
    suffix = plain_name(path).suffix.lower()
    if suffix in NOT_READ:
        raise YijuError(f"{path}: a workbook of this kind is not read; save it as .xlsx or CSV and give that file")
    if suffix not in FORMATS:
        raise YijuError(
            f"{path}: the name, which gives the format, ends in none of {', '.join(FORMATS)}; give --format"
        )
    return FORMATS[suffix]


def _look_at_text(file: RawFile, kind: str, wanted: Wanted) -> Look:
    table = open_table(file, SEPARATORS[kind], strict=kind == "csv")
    said: tuple[str, ...] = ()
    if (sign := _actual_separator(table, kind)) != SEPARATORS[kind]:
        table = open_table(file, sign, strict=kind == "csv")
        said = (f"{file}: the fields are separated by {'semicolons' if sign == ';' else repr(sign)}",)
    require_columns(file, table, wanted.remedies.separators)
    if wanted.small and len(table.first) > MOST_COLUMNS:
        raise YijuError(f"{file}: the table has more than {MOST_COLUMNS:,} columns; give those that matter")
    choice = _chosen(file, table, wanted, header_first=kind == "csv")
    return Look(file, kind, _names(table, choice), choice, table.separator, said=said)


def _actual_separator(table: TextTable, kind: str) -> str:
    """What separates the fields: what the first line declares, or a semicolon, as where the decimal sign is a comma."""
    declared = DECLARED.fullmatch(table.separator.join(table.first).strip("\r\n"))
    if kind == "csv" and declared and len(declared[1]) == 1 and declared[0][4:].strip('"') in (declared[1], ""):
        return declared[1]
    return ";" if kind == "csv" and len(table.first) == 1 and other_separator(table) == ";" else SEPARATORS[kind]


def _look_at_workbook(file: RawFile, wanted: Wanted) -> Look:
    table = open_workbook(file, wanted.sheet, wanted.small)
    choice = _chosen(file, table, wanted, header_first=True)
    return Look(file, "xlsx", _names(table, choice), choice, sheet=wanted.sheet, said=table.said)


def _chosen(file: RawFile, table: TextTable, wanted: Wanted, header_first: bool) -> Choice:
    if not table.first:
        return Choice(0, 1, None, False)
    start = Start(file, table.first, table.names, table.sample, table.line, header_first=header_first)
    return choose(start, wanted.columns, wanted.label, wanted.header, wanted.remedies, wanted.label_by_content)


def _names(table: TextTable, choice: Choice) -> tuple[str, ...]:
    numbers = [str(place + 1) for place in range(len(table.first))]
    return tuple(table.names if choice.header else numbers)


def _look_at_names(file: RawFile, kind: str, wanted: Wanted) -> Look:
    """A look at a table whose columns have names: JSON lines or Parquet."""
    if kind == "jsonl":
        objects = beginning(file, SAMPLE)
        names = all_keys(file)
        rows = [[_text(one.get(name)) for name in names] for one in objects]
    else:
        table = parquet_beginning(file, SAMPLE)
        names = table.columns
        rows = [[_text(cell) for cell in row] for row in table.iter_rows()]
    if not names:
        # Nothing there, or nothing readable: reading it says what.
        return Look(file, kind, ("q", "t", "label"), Choice(0, 1, 2, True))
    start = Start(file, names, names, rows, named=True)
    choice = choose(start, wanted.columns, wanted.label, None, wanted.remedies, wanted.label_by_content)
    return Look(file, kind, tuple(names), choice)


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value) if isinstance(value, bool | int | float) else str(value)


def _table(found: Look) -> TextTable:
    """The file opened again, as it was looked at."""
    if found.kind == "xlsx":
        return with_error_cells(open_workbook(found.file, found.sheet, found.small), found.choice.places)
    return open_table(found.file, found.separator, strict=found.kind == "csv")


def _numbers(choice: Choice) -> dict[str, str | int]:
    return {role: place + 1 for role, place in choice.places.items()}


def _keys(found: Look) -> Keys:
    places = found.choice.places
    label = (found.names[places["label"]],) if "label" in places else ()
    return Keys(found.names[places["q"]], found.names[places["t"]], label)
