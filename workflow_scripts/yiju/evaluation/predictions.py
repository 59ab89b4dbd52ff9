"""Judgements of a set beside those of the overlap baseline and of the majority label."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.files import write_json
from yiju.data.overlap import OverlapModel
from yiju.evaluation.by_stratum import abstention, accuracy_by_part, confusion, label_agreement
from yiju.evaluation.metrics.classification import FIGURES
from yiju.evaluation.with_intervals import Metrics, with_difference, with_f1, with_share, with_statistics
from yiju.models.calibration.apply import decide, difference, probability, read_calibration
from yiju.models.calibration.measure import calibrated_ece, log_odds, measures
from yiju.models.scores import both_orders

# What a model has to beat: a regression on how far the sentences overlap, and always saying the more frequent label.
RIVALS = ("overlap", "majority")


def evaluate_predictions(
    items: str, scores: str, overlap: str, calibration: str, settings: dict, out: str, per_item: str
) -> None:
    """Write what the judgements of a set are worth, and both models' judgements.

    Accuracy of the model, of the overlap baseline and of the majority label, in all and by kind and overlap, with the
    model's confusion; F1, Matthews correlation, area under the ROC curve and average precision of the model and the
    baseline; what is left of the accuracy where the least confident are left out; nll, brier and ece of the model's
    probabilities, and the ece that calibrated ones would have; how much it matters which sentence comes first, where
    both orders were judged; whether disturbed forms are judged as their originals, where those are known; the margin
    that decided. calibration: the ensemble's; settings: bootstrap, seed. A set without labels has no accuracies.
    """
    table = tables.read(items, tables.ITEMS)
    judged = tables.read(scores, tables.SCORES)
    margin = read_calibration(calibration).margin
    baseline = OverlapModel.from_json(Path(overlap).read_text(encoding="utf-8"))
    columns = beside_baseline(table, judged, baseline)
    by_overlap = (columns["overlap_probability"] > 0.5).cast(pl.Int8)
    said = {"model": judged["label"].to_numpy(), "overlap": by_overlap.to_numpy()}
    metrics = _counts(judged) | {"margin": margin} | symmetry(judged, margin)
    metrics |= label_agreement(table, said)
    write_json(out, metrics | _by_label(columns, margin, settings))
    tables.write(columns.select(tables.JUDGED.names), per_item, tables.JUDGED)


def beside_baseline(items: pl.DataFrame, judged: pl.DataFrame, baseline: OverlapModel) -> pl.DataFrame:
    """Items with what the model (probability, label) and the baseline (overlap_probability) say, and `gold`."""
    by_overlap = baseline.predict(items["q"].to_list(), items["t"].to_list())
    columns = judged.select("item", "probability", "label").with_columns(
        pl.Series("overlap_probability", by_overlap), items["label"].alias("gold")
    )
    return columns.hstack(items.select("q", "t", "kind"))


def _counts(judged: pl.DataFrame) -> Metrics:
    return {
        "items": len(judged),
        "predicted_similar": cast(float, (judged["label"] == 1).mean()),
        "truncated": int(judged["truncated"].sum()),
        "unknown": int((judged["unknown"] > 0).sum()),
    }


def symmetry(judged: pl.DataFrame, margin: float) -> Metrics:
    """Mean |p(q, t) - p(t, q)|, and the share of the items whose label hangs on the order."""
    given, swapped = both_orders(judged)
    if swapped is None:
        return {}
    apart = np.abs(probability(difference(given)) - probability(difference(swapped)))
    changed = decide(given, margin) != decide(swapped, margin)
    return {"swap.difference": round(float(apart.mean()), 6), "swap.changed": round(float(changed.mean()), 6)}


def accuracies(labelled: pl.DataFrame) -> Metrics:
    """Accuracy of the model, of the overlap baseline and of the majority label, how far the model's exceeds either, all
    with intervals, and the model's nll, brier and ece.

    labelled: of `beside_baseline`, every row with a gold label; no figures of none.
    """
    metrics: Metrics = {"labelled": len(labelled)}
    if labelled.is_empty():
        return metrics
    metrics["labelled_similar"] = int((labelled["gold"] == 1).sum())
    groups = list(zip(labelled["q"], labelled["t"], strict=True))
    right = _right(labelled)
    for name, hits in right.items():
        metrics |= with_share(f"accuracy.{name}", hits, groups)
    for rival in RIVALS:
        metrics |= with_difference(f"model_minus_{rival}", right["model"], right[rival], groups)
    return metrics | measures(log_odds(labelled["probability"].to_numpy()), labelled["gold"].to_numpy())


def beyond_accuracy(labelled: pl.DataFrame, settings: dict) -> Metrics:
    """F1 of the decisions of the model and of the overlap baseline, and what else `FIGURES` names, with intervals; None
    each where not defined, as of a single label.

    labelled: of `beside_baseline`, rows with a gold label; settings: bootstrap, seed.
    """
    gold, groups = labelled["gold"].to_numpy(), list(zip(labelled["q"], labelled["t"], strict=True))
    probabilities = {"model": labelled["probability"].to_numpy(), "overlap": labelled["overlap_probability"].to_numpy()}
    decisions = {"model": labelled["label"].to_numpy(), "overlap": (probabilities["overlap"] > 0.5).astype(np.int8)}
    judged = {"decisions": decisions, "probabilities": probabilities}
    metrics: Metrics = {}
    for judge, said in decisions.items():
        metrics |= with_f1(f"f1.{judge}", said, gold, groups)
    statistics = {
        f"{name}.{judge}": figure.statistic(judged[figure.of][judge], gold)
        for judge in decisions
        for name, figure in FIGURES.items()
    }
    return metrics | with_statistics(statistics, groups, settings)


def _right(labelled: pl.DataFrame) -> dict[str, np.ndarray]:
    """Which rows each judge gets right."""
    gold = labelled["gold"].to_numpy()
    return {
        "model": labelled["label"].to_numpy() == gold,
        "overlap": (labelled["overlap_probability"].to_numpy() > 0.5) == gold,
        "majority": gold == int(gold.mean() >= 0.5),
    }


def _by_label(columns: pl.DataFrame, margin: float, settings: dict) -> Metrics:
    """Accuracies, whole and in parts, and the model's confusion and calibration, over the items that have a label."""
    labelled = columns.filter(pl.col("gold").is_not_null())
    metrics = accuracies(labelled)
    if labelled.is_empty():
        return metrics
    gold, said, right = labelled["gold"].to_numpy(), labelled["label"].to_numpy(), _right(labelled)
    metrics |= accuracy_by_part(labelled, right) | abstention(labelled, right, margin)
    metrics |= beyond_accuracy(labelled, settings)
    groups = list(zip(labelled["q"], labelled["t"], strict=True))
    metrics |= calibrated_ece(log_odds(labelled["probability"].to_numpy()), groups)
    return metrics | confusion(gold, said)
