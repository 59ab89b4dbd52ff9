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

# Suspects that the page shows, and points of the data map.
SHOWN, POINTS = 10, 600
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
class Suspects:
    """pairs: how many were learnt; confident: how many labels confident learning takes for the other one, None without
    folds; contradicted, never_right: how many are contradicted by others, and were right in no pass; first: the most
    suspect ones; data_map: None where no pair came whole.
    """

    pairs: int
    confident: int | None
    contradicted: int
    never_right: int
    first: list[Suspect]
    data_map: Chart | None


def read_suspects(table: str | Path, summary: str | Path) -> Suspects:
    """The section of a run's SUSPECTS and their summary."""
    found = tables.read(table, tables.SUSPECTS)
    told = json.loads(Path(summary).read_text(encoding="utf-8"))
    counts = {name: told[name] for name in ("pairs", "confident", "contradicted", "never_right")}
    return Suspects(
        **counts, first=[_suspect(row) for row in found.head(SHOWN).iter_rows(named=True)], data_map=data_map(found)
    )


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
    x_axis = Axis(gettext("variability: standard deviation over the passes"), 0.0, 0.5)
    y_axis = Axis(gettext("confidence: mean probability of the label"), 0.0, 1.0)
    return draw(gettext("Data map of the training pairs"), x_axis, y_axis, series)


def _suspect(row: Mapping[str, Any]) -> Suspect:
    place = gettext("{file} line {line} of {corpus}", file=row["file"], line=row["line"], corpus=row["corpus"])
    return Suspect(row["q"], row["t"], gettext(LABELS[row["label"]]), place, reasons(row))
