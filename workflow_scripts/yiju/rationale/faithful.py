"""The faithful rationale: what the model used, segments ranked by attribution and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from yiju import tables
from yiju.rationale.lines import write_rationales
from yiju.rationale.selection import select

SIDES = ("q", "t")


def select_rationales(
    scores: str, attributions: Sequence[str], settings: dict, out: str, ratio: str | None = None
) -> None:
    """Write one JSON line an item: label, probability, ranked indices and scores of both sides.

    settings: `by` and the value of that name (`yiju.rationale.selection`); by dev, the file `ratio` holds it, as
    `yiju.rationale.ratio` wrote it. Over several folds the scores of a side are each divided by the sum of their sizes
    and averaged, so that a fold with steep gradients does not outvote the others. This is the faithful explanation:
    what the model used.
    """
    if settings["by"] == "dev":
        settings = {"by": "ratio", "value": json.loads(Path(ratio).read_text(encoding="utf-8"))["ratio"]}
    mean = mean_over_folds([read_segments(path) for path in attributions])
    lines = []
    for row in tables.read(scores, tables.SCORES).iter_rows(named=True):
        sides = {side: mean.get((row["item"], side), []) for side in SIDES}
        ranked = {side: select(values, **settings) for side, values in sides.items()}
        shown = {f"{side}_scores": [float(f"{value:.6g}") for value in values] for side, values in sides.items()}
        facts = {"item": row["item"], "label": row["label"], "probability": round(row["probability"], 6)}
        lines.append(facts | ranked | shown)
    write_rationales(out, lines)


def read_segments(path: str) -> pl.DataFrame:
    """The rows of an ATTRIBUTIONS table that are segments."""
    chosen = pl.col("unit") == "segment"
    return tables.scan(path, tables.ATTRIBUTIONS).filter(chosen).collect(engine="streaming")


def mean_over_folds(folds: Sequence[pl.DataFrame]) -> dict[tuple[str, str], list[float]]:
    """Mean normalised scores by item and side, in order of segments."""
    total = pl.col("score").abs().sum().over("item", "side")
    # A side without any score stays without one; several folds are averaged segment by segment.
    shares = [fold.with_columns(pl.when(total > 0).then(pl.col("score") / total).otherwise(0.0)) for fold in folds]
    mean = np.mean([fold["score"].to_numpy() for fold in shares], axis=0)
    combined = shares[0].select("item", "side").with_columns(pl.Series("score", mean))
    sides = combined.group_by("item", "side", maintain_order=True).agg("score")
    return {(item, side): scores for item, side, scores in sides.iter_rows()}
