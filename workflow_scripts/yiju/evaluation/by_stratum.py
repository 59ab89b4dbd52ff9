"""Judgements in parts of a set: by kind of item, by overlap, by confidence, and within groups of disturbed forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
import polars as pl

from yiju.base.share_intervals import effective_size, group_codes, wilson
from yiju.evaluation.metrics.abstention import accuracy_at, accuracy_curve, aurc, kept_items
from yiju.evaluation.metrics.strata import BIN, bigram_jaccard, disturbed_rows, overlap_bins
from yiju.evaluation.with_intervals import Metrics, with_share
from yiju.models.calibration.measure import log_odds

# Shares kept, in per cent, at which the abstention curve is measured.
KEPT = range(10, 101, 10)


def label_agreement(items: pl.DataFrame, labels: Mapping[str, np.ndarray]) -> Metrics:
    """Share of disturbed forms that are judged as their original, of each model; nothing in a set without relations.

    labels: of all items, by model. A form whose gold label is another one is left out. A model that says the same of
    everything agrees with itself as well: this is stability, not quality.
    """
    rows = disturbed_rows(items)
    gold = items["label"].cast(pl.Float64).fill_null(float("nan")).to_numpy()[rows]
    rows = rows[~(np.abs(gold[:, 0] - gold[:, 1]) > 0)]
    if not len(rows):
        return {}
    q, t = items["q"].to_list(), items["t"].to_list()
    groups = [(q[row], t[row]) for row in rows[:, 0]]
    metrics: Metrics = {"agreement.pairs": len(rows)}
    for name, said in labels.items():
        same = said[rows[:, 0]] == said[rows[:, 1]]
        metrics |= with_share(f"agreement.{name}", same, groups)
    return metrics


def confusion(gold: np.ndarray, said: np.ndarray, prefix: str = "") -> Metrics:
    """How many judgements there are of each gold label and each said one. gold, said: [n], 0 or 1."""
    cells = product((0, 1), (0, 1))
    return {f"{prefix}confusion.gold_{g}.said_{s}": int(((gold == g) & (said == s)).sum()) for g, s in cells}


def accuracy_by_part(labelled: pl.DataFrame, right: Mapping[str, np.ndarray]) -> Metrics:
    """Accuracy of each model, and the model's confusion, by kind of item, where kinds are known, and by overlap.

    labelled: q, t, kind, gold and label (what the model says) of the items with a gold label; right: [items] bool, by
    model.
    """
    groups = list(zip(labelled["q"], labelled["t"], strict=True))
    gold, said = labelled["gold"].to_numpy(), labelled["label"].to_numpy()
    metrics: Metrics = {}
    for part, chosen in _parts(labelled):
        inside = [group for group, mine in zip(groups, chosen, strict=True) if mine]
        metrics |= {f"{part}.items": len(inside)} | confusion(gold[chosen], said[chosen], f"{part}.")
        for name, values in right.items():
            metrics |= with_share(f"{part}.accuracy.{name}", values[chosen], inside)
    return metrics


def abstention(labelled: pl.DataFrame, right: Mapping[str, np.ndarray], margin: float) -> Metrics:
    """Accuracy of the most confident tenths of the judgements, with its interval, and the area under the curve of risk
    (`aurc`).

    labelled: q, t, probability, overlap_probability; right: [items] bool, by model; margin: the ensemble's.
    Confidence is the distance of the logits' difference from where the decision turns.
    """
    confidence = {
        "model": np.abs(log_odds(labelled["probability"].to_numpy()) - margin),
        "overlap": np.abs(log_odds(labelled["overlap_probability"].to_numpy())),
    }
    groups = list(zip(labelled["q"], labelled["t"], strict=True))
    # Items that repeat a pair of sentences are no independent evidence.
    independent = effective_size(np.zeros(len(groups)), group_codes(len(groups), groups)) / len(groups)
    metrics: Metrics = {}
    for name, values in confidence.items():
        # Rounding in the logarithms must not put equals in an order.
        surest = np.round(values, 9)
        curve = accuracy_curve(surest, right[name])
        metrics[f"aurc.{name}"] = round(aurc(surest, right[name]), 6)
        for percent in KEPT:
            metrics |= _kept(f"kept_{percent}.accuracy.{name}", curve, percent, independent)
    return metrics


def _kept(key: str, curve: np.ndarray, percent: int, independent: float) -> Metrics:
    share = accuracy_at(curve, percent)
    low, high = wilson(share, kept_items(len(curve), percent) * independent)
    return {key: round(share, 6), f"{key}.low": round(float(low), 6), f"{key}.high": round(float(high), 6)}


def _parts(labelled: pl.DataFrame) -> Iterator[tuple[str, np.ndarray]]:
    for kind in labelled["kind"].drop_nulls().unique().sort():
        yield f"kind_{kind}", (labelled["kind"] == kind).fill_null(False).to_numpy()
    bins = overlap_bins(bigram_jaccard(labelled["q"].to_list(), labelled["t"].to_list()))
    for low in np.unique(bins).tolist():
        yield f"overlap_{low}_{low + BIN}", bins == low
