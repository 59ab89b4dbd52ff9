"""What one model folder is worth by itself, on each set that the run judges."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from yiju.base import tables
from yiju.data.overlap import OverlapModel
from yiju.data.reordered import reordered
from yiju.evaluation.predictions import accuracies, beside_baseline, symmetry
from yiju.models.calibration.apply import decide, difference, probability
from yiju.models.scores import both_orders
from yiju.report.results import MEASURES, MODELS, Estimate, read_beyond, read_estimate


@dataclass(frozen=True)
class SetFigures:
    """Figures of a set, as `Judgements` has them; accuracy, beyond and measures are empty where it has no labels.

    swap: share of the items whose label hangs on the order of the sentences, or None where that was not judged or where
    the mean of both orders decides.
    """

    name: str
    size: int
    labelled: int
    similar: int
    truncated: int
    unknown: int
    accuracy: dict[str, Estimate]
    beyond: dict[str, Estimate]
    measures: dict[str, float]
    swap: float | None
    synthetic: bool
    reordered: tuple[int, int]


def figures_of(
    name: str, synthetic: bool, items: str, scores: str, overlap: str, margin: float, average_orders: bool
) -> SetFigures:
    """Measure a member's judgements of a set, as whoever loads its folder with yiju has them.

    items: ITEMS; scores: the member's SCORES; margin, average_orders: the member's.
    """
    judged = _decided(tables.read(scores, tables.SCORES), margin, average_orders)
    baseline = OverlapModel.from_json(Path(overlap).read_text(encoding="utf-8"))
    columns = beside_baseline(tables.read(items, tables.ITEMS), judged, baseline)
    labelled = columns.filter(pl.col("gold").is_not_null())
    found = accuracies(labelled)
    estimates = {model: read_estimate(found, f"accuracy.{model}") for model in MODELS}
    return SetFigures(
        name,
        len(judged),
        len(labelled),
        int((labelled["gold"] == 1).sum()),
        int(judged["truncated"].sum()),
        int((judged["unknown"] > 0).sum()),
        {model: one for model, one in estimates.items() if one},
        read_beyond(found),
        {key: value for key in MEASURES if (value := found.get(key)) is not None},
        None if average_orders else symmetry(judged, margin).get("swap.changed"),
        synthetic,
        _reordered(labelled),
    )


def _reordered(labelled: pl.DataFrame) -> tuple[int, int]:
    found = labelled.filter(reordered(labelled["q"], labelled["t"]))
    return len(found), int((found["label"] == found["gold"]).sum())


def _decided(scores: pl.DataFrame, margin: float, average_orders: bool) -> pl.DataFrame:
    """The table with probability and label of the order as it stands, or of the mean of both orders."""
    logits, swapped = both_orders(scores)
    if average_orders and swapped is not None:
        logits = (logits + swapped) / 2
    return scores.with_columns(
        pl.Series("probability", probability(difference(logits))), pl.Series("label", decide(logits, margin))
    )
