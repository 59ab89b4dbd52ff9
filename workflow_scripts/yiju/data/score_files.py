"""Tables of scores and labels that any system has given: CSV, TAB-separated text, JSON lines or Parquet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.data.corpora.headers import find_label
from yiju.data.named_rows import BadRow, named_rows, number_in, shown_value
from yiju.data.pair_files import LABELS
from yiju.data.table_formats import SCORE

# Beyond it, sums of squares overflow.
GREATEST = 1e100


@dataclass
class Scored:
    """scores, labels: of the rows, in order; bad: rows of no use, place and reason."""

    scores: list[float] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


def read_scores(path: Path, score: str = SCORE, label: str | None = None) -> Scored:
    """Read a table with a column of scores and one of labels, 0 or 1 (`yiju.data.pair_files.LABELS`).

    score, label: names of the columns, whatever their case; label None: found by its name. Raises YijuError where the
    table as a whole cannot be read.
    """
    names = (score.lower(), label.lower() if label else None)
    wanted = f"{score} and {label or 'label'}"
    found = Scored()
    for place, _, fields in named_rows(path, lambda columns: _complete(columns, *names), wanted):
        try:
            if isinstance(fields, BadRow):
                raise fields
            number, gold = _row({name.lower(): value for name, value in fields.items()}, *names)
        except BadRow as error:
            found.bad.append(f"{place}: {error}")
            continue
        found.scores.append(number)
        found.labels.append(gold)
    if not (found.scores or found.bad):
        raise YijuError(f"{path}: holds no rows; it needs the columns {wanted}")
    return found


def _complete(columns: Sequence[str], score: str, label: str | None) -> bool:
    lower = [column.lower() for column in columns]
    return score in lower and (find_label(lower) is not None if label is None else label in lower)


def _row(fields: Mapping, score: str, label: str | None) -> tuple[float, int]:
    """Score and label of a row. Raises BadRow."""
    names = list(fields)
    place = find_label(names)
    column = label or (names[place] if place is not None else "label")
    number = number_in(fields, score)
    if abs(number) > GREATEST:
        raise BadRow(f"{score} is {number:g}; expected a number up to {GREATEST:g}")
    return number, _label(fields.get(column), column)


def _label(value: object, column: str) -> int:
    text = f"{value:g}" if isinstance(value, float) and math.isfinite(value) else str(value).strip()
    if value is None or text not in LABELS:
        raise BadRow(f"{column} is {shown_value(value)}; expected 0 or 1")
    return LABELS[text]
