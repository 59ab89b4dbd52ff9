"""Tables of a score for each class and a label, that any system has given, in the formats of `score_files`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.data.corpora.headers import find_label
from yiju.data.named_rows import BadRow, named_rows, number_in, shown_value
from yiju.data.pair_files import class_labels
from yiju.data.score_files import GREATEST
from yiju.data.table_formats import SCORE

# A column of a class's scores is called so, with the class behind it.
PREFIX = f"{SCORE}_"
FEWEST = 3


@dataclass
class ClassScores:
    """classes: their names, in the order of the columns; scores: [rows][classes]; labels: numbers of classes; bad: rows
    of no use, place and reason."""

    classes: list[str]
    scores: list[list[float]] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


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

    columns: names, whatever their case; a class is called as its column is, without score_. label: its column, None:
    found by its name. Raises YijuError where the table as a whole cannot be read.
    """
    lower = [column.lower() for column in columns]
    if len(set(lower)) != len(lower):
        raise YijuError(f"the columns {', '.join(columns)} of scores: one is named twice; name each class once")
    found = ClassScores([name.removeprefix(PREFIX) for name in lower])
    values = class_labels(found.classes).values
    wanted = f"{', '.join(columns)} and {label or 'label'}"
    own = label.lower() if label else None
    for place, _, fields in named_rows(path, lambda names: _complete(names, lower, own), wanted):
        try:
            if isinstance(fields, BadRow):
                raise fields
            row = {name.lower(): value for name, value in fields.items()}
            numbers, gold = [_score(row, name) for name in lower], _label(row, own, values, found.classes)
        except BadRow as error:
            found.bad.append(f"{place}: {error}")
            continue
        found.scores.append(numbers)
        found.labels.append(gold)
    if not (found.scores or found.bad):
        raise YijuError(f"{path}: holds no rows; it needs the columns {wanted}")
    return found


def _complete(names: Sequence[str], columns: Sequence[str], label: str | None) -> bool:
    lower = [name.lower() for name in names]
    return set(columns) <= set(lower) and (find_label(lower) is not None if label is None else label in lower)


def _score(row: Mapping, name: str) -> float:
    number = number_in(row, name)
    if abs(number) > GREATEST:
        raise BadRow(f"{name} is {number:g}; expected a number up to {GREATEST:g}")
    return number


def _label(row: Mapping, label: str | None, values: Mapping[str, int], classes: Sequence[str]) -> int:
    names = list(row)
    place = find_label(names)
    column = label or (names[place] if place is not None else "label")
    text = str(row.get(column)).strip().lower()
    if row.get(column) is None or text not in values:
        listed = ", ".join(f"{name} ({number})" for number, name in enumerate(classes))
        raise BadRow(f"{column} is {shown_value(row.get(column))}; expected one of {listed}")
    return values[text]
