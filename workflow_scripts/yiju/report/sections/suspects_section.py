"""Training pairs whose label may be wrong, and what a model said of all training pairs while it learnt them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from yiju.base import tables
from yiju.base.language import gettext
from yiju.report.charts import Axis, Chart, Series, draw, thinned
from yiju.report.suspect_reasons import reasons

# Suspects that the page shows, points of the data map, and pairs from each of its corners.
SHOWN, POINTS, AT_CORNER = 10, 600, 3
LABELS = {1: "similar", 0: "not similar"}


@dataclass(frozen=True)
class Suspect:
    """A training pair, where it stands, and what speaks against its label, in words."""

    q: str
    t: str
    label: str
    place: str
    reasons: str


@dataclass(frozen=True)
class Corner:
    """A corner of the data map: what pairs lie there, and those that lie farthest in it."""

    title: str
    pairs: list[Suspect]


@dataclass(frozen=True)
class Suspects:
    """pairs: how many were learnt; confident: how many labels confident learning takes for the other one, None without
    folds; contradicted, never_right: how many are contradicted by others, and were right in no pass; first: the most
    suspect ones; data_map: None where no pair came whole, and then without corners.
    """

    pairs: int
    confident: int | None
    contradicted: int
    never_right: int
    first: list[Suspect]
    data_map: Chart | None
    corners: list[Corner]


def read_suspects(table: str | Path, summary: str | Path) -> Suspects:
    """The section of a run's SUSPECTS and their summary."""
    found = tables.read(table, tables.SUSPECTS)
    told = json.loads(Path(summary).read_text(encoding="utf-8"))
    counts = {name: told[name] for name in ("pairs", "confident", "contradicted", "never_right")}
    return Suspects(**counts, first=_suspects(found.head(SHOWN)), data_map=data_map(found), corners=corners(found))


def data_map(suspects: pl.DataFrame) -> Chart | None:
    """How sure the model was of each pair's label, and how far that changed from pass to pass."""
    known = suspects.drop_nulls("confidence").sort("pair")
    if known.is_empty():
        return None
    series = []
    for look, (label, name) in enumerate(LABELS.items()):
        own = thinned(known.filter(pl.col("label") == label).select("variability", "confidence").rows(), POINTS // 2)
        x, y = ([point[axis] for point in own] for axis in (0, 1))
        series.append(Series(gettext(name), look, x, y, dots=True, small=True))
    x_axis, y_axis = Axis(gettext("variability"), 0.0, 0.5), Axis(gettext("confidence"), 0.0, 1.0)
    return draw(gettext("Data map of the training pairs"), x_axis, y_axis, series)


def corners(suspects: pl.DataFrame) -> list[Corner]:
    """Pairs from the corners of the data map; equal ones in the order of pairs."""
    known = suspects.drop_nulls("confidence").sort("pair")
    ordered = {
        gettext("easy to learn: the surest"): known.sort("confidence", descending=True, maintain_order=True),
        gettext("the model wavers: the most variable"): known.sort("variability", descending=True, maintain_order=True),
        gettext("hard to learn: the least sure"): known.sort("confidence", maintain_order=True),
    }
    return [Corner(title, _suspects(rows.head(AT_CORNER))) for title, rows in ordered.items() if len(rows)]


def _suspects(rows: pl.DataFrame) -> list[Suspect]:
    return [_suspect(row) for row in rows.iter_rows(named=True)]


def _suspect(row: Mapping[str, Any]) -> Suspect:
    place = gettext("{file} line {line} of {corpus}", file=row["file"], line=row["line"], corpus=row["corpus"])
    return Suspect(row["q"], row["t"], gettext(LABELS[row["label"]]), place, reasons(row))
