"""Tables of a score for each class and a label, that any system has given, in the formats of `score_files`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.data.named_rows import BadRow, named_rows, shown_value
from yiju.data.pair_files import class_labels
from yiju.data.score_files import label_column, read_rows, score_in
from yiju.data.table_formats import SCORE

# A column of a class's scores is called so, with the class behind it.
PREFIX = f"{SCORE}_"
FEWEST = 3


@dataclass(frozen=True)
class ClassScores:
    """classes: their names, in the order of the columns; scores: [rows][classes]; labels: numbers of classes; bad: rows
    of no use, place and reason."""

    classes: list[str]
    scores: list[list[float]]
    labels: list[int]
    bad: list[str]


def class_columns(path: Path) -> list[str]:
    """The columns score_NAME of a table, at least three; none where it has a column of scores by itself."""
    rows = islice(named_rows(path, lambda columns: True, SCORE), 1)
    names = [name for _, _, fields in rows if not isinstance(fields, BadRow) for name in fields]
    if SCORE in map(str.lower, names):
        return []
    found = [name for name in names if name.lower().startswith(PREFIX) and len(name) > len(PREFIX)]
    return found if len(found) >= FEWEST else []


def read_class_scores(path: Path, columns: Sequence[str], label: str | None = None) -> ClassScores:
    """Read a table with a column of scores for each class, and one of labels: names of classes, or their numbers.

    columns: names, whatever their case; a class is called as its column is, without score_. label, errors: see
    `yiju.data.score_files.read_rows`.
    """
    lower = [column.lower() for column in columns]
    if len(set(lower)) != len(lower):
        raise YijuError(f"the columns {', '.join(columns)} of scores: one is named twice; name each class once")
    classes = [name.removeprefix(PREFIX) for name in lower]
    values = class_labels(classes).values

    def read(fields: Mapping) -> tuple[list[float], int]:
        return [score_in(fields, name) for name in lower], _label(fields, label, values, classes)

    rows, bad = read_rows(path, columns, label, read)
    return ClassScores(classes, [numbers for numbers, _ in rows], [gold for _, gold in rows], bad)


def _label(fields: Mapping, label: str | None, values: Mapping[str, int], classes: Sequence[str]) -> int:
    column = label_column(fields, label)
    value = fields.get(column)
    text = str(value).strip().lower()
    if value is None or text not in values:
        listed = ", ".join(f"{name} ({number})" for number, name in enumerate(classes))
        raise BadRow(f"{column} is {shown_value(value)}; expected one of {listed}")
    return values[text]
