"""Judgements of a set beside those of the overlap baseline and of the majority label."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import polars as pl

from yiju import tables
from yiju.evaluation.figures import Metrics, with_interval
from yiju.overlap import OverlapModel
from yiju.provenance import write_json


def evaluate_predictions(items: str, scores: str, overlap: str, settings: dict, out: str, per_item: str) -> None:
    """Write accuracy of the model, of the overlap baseline and of the majority label, and both models' judgements.

    settings: bootstrap and seed. A set without labels has counts only.
    """
    table = tables.read(items, tables.ITEMS)
    judged = tables.read(scores, tables.SCORES)
    baseline = OverlapModel.from_json(Path(overlap).read_text(encoding="utf-8"))
    by_overlap = baseline.predict(table["q"].to_list(), table["t"].to_list())
    columns = judged.select("item", "probability", "label").with_columns(
        pl.Series("overlap_probability", by_overlap), table["label"].alias("gold")
    )
    metrics = _counts(judged) | _accuracies(columns.hstack(table.select("q", "t")), settings)
    write_json(out, metrics)
    tables.write(columns.select(list(tables.JUDGED)), per_item, tables.JUDGED)


def _counts(judged: pl.DataFrame) -> Metrics:
    similar = float((judged["label"] == 1).mean())
    return {"items": len(judged), "predicted_similar": similar, "truncated": int(judged["truncated"].sum())}


def _accuracies(columns: pl.DataFrame, settings: dict) -> Metrics:
    """Accuracies and the model's confusion counts over the items that have a label."""
    labelled = columns.filter(pl.col("gold").is_not_null())
    if labelled.is_empty():
        return {"labelled": 0}
    gold, said = labelled["gold"].to_numpy(), labelled["label"].to_numpy()
    groups = list(zip(labelled["q"], labelled["t"], strict=True))
    right = {
        "model": said == gold,
        "overlap": (labelled["overlap_probability"].to_numpy() > 0.5) == gold,
        "majority": gold == int(gold.mean() >= 0.5),
    }
    metrics: Metrics = {"labelled": len(labelled)}
    for name, values in right.items():
        metrics |= with_interval(f"accuracy.{name}", values.astype(float), groups, settings)
    confusion = product((0, 1), (0, 1))
    return metrics | {f"confusion.gold_{g}.said_{s}": int(((gold == g) & (said == s)).sum()) for g, s in confusion}
