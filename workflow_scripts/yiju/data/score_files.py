"""Tables of scores and labels that any system has given: CSV, TAB-separated text, JSON lines or Parquet."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from yiju.base.errors import YijuError
from yiju.data.corpora.headers import find_label
from yiju.data.named_rows import BadRow, named_rows, number_in, shown_value
from yiju.data.pair_files import LABELS
from yiju.data.table_formats import SCORE

# Beyond it, sums of squares overflow.
GREATEST = 1e100
T = TypeVar("T")


@dataclass(frozen=True)
class Scored:
    """scores, labels: of the rows, in order; bad: rows of no use, place and reason."""

    scores: list[float]
    labels: list[int]
    bad: list[str]


def read_scores(path: Path, score: str = SCORE, label: str | None = None) -> Scored:
    """Read a table with a column of scores and one of labels, 0 or 1 (`yiju.data.pair_files.LABELS`).

    See `read_rows`.
    """
    name = score.lower()
    rows, bad = read_rows(path, [score], label, lambda fields: (score_in(fields, name), _label(fields, label)))
    return Scored([number for number, _ in rows], [gold for _, gold in rows], bad)


def read_rows(
    path: Path, scores: Sequence[str], label: str | None, read: Callable[[Mapping], T]
) -> tuple[list[T], list[str]]:
    """What is read of each row of a table with columns of scores and one of labels; and rows of no use, place and
    reason.

    scores, label: names of the columns, whatever their case; label None: found by its name. read: of the fields by name
    in lower case; it raises BadRow. Raises YijuError where the table as a whole cannot be read.
    """
    wanted = f"{', '.join(scores)} and {label or 'label'}"
    needed = {name.lower() for name in (*scores, *([label] if label else []))}

    def complete(columns: Sequence[str]) -> bool:
        lower = [name.lower() for name in columns]
        return needed <= set(lower) and (label is not None or find_label(lower) is not None)

    rows, bad = [], []
    for place, _, fields in named_rows(path, complete, wanted):
        try:
            if isinstance(fields, BadRow):
                raise fields
            rows.append(read({name.lower(): value for name, value in fields.items()}))
        except BadRow as error:
            bad.append(f"{place}: {error}")
    if not (rows or bad):
        raise YijuError(f"{path}: holds no rows; it needs the columns {wanted}")
    return rows, bad


def score_in(fields: Mapping, name: str) -> float:
    """The score of a row. Raises BadRow."""
    number = number_in(fields, name)
    if abs(number) > GREATEST:
        raise BadRow(f"{name} is {number:g}; expected a number up to {GREATEST:g}")
    return number


def label_column(fields: Mapping, label: str | None) -> str:
    """The column of the label: the one that is given, else the one that is called so."""
    names = list(fields)
    place = find_label(names)
    return label.lower() if label else names[place] if place is not None else "label"


def _label(fields: Mapping, label: str | None) -> int:
    column = label_column(fields, label)
    value = fields.get(column)
    text = f"{value:g}" if isinstance(value, float) and math.isfinite(value) else str(value).strip()
    if value is None or text not in LABELS:
        raise BadRow(f"{column} is {shown_value(value)}; expected 0 or 1")
    return LABELS[text]
