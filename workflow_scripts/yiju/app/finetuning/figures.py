"""How good a fine-tuned model is on labelled pairs, in figures with intervals and in words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yiju.app.finetuning.given_tables import Learnt
from yiju.app.finetuning.targets import Target
from yiju.evaluation.metrics.classification import macro_f1
from yiju.evaluation.metrics.correlation import pearson, spearman
from yiju.evaluation.with_intervals import Metrics, with_share, with_statistics
from yiju.models.calibration.apply import decide, difference, probability

RESAMPLES, SEED = 1000, 0
TITLES = {"accuracy": "accuracy", "macro_f1": "macro F1", "pearson": "Pearson", "spearman": "Spearman"}


def figures_of(target: Target, outputs: np.ndarray, pairs: Learnt) -> Metrics:
    """Of classes accuracy, macro F1 and the share of the most frequent class; of grades Pearson's correlation with the
    sigmoid of the logit, and Spearman's. outputs: float64 [pairs, classes]."""
    groups = pairs.table.select("q", "t").rows()
    settings = {"bootstrap": RESAMPLES, "seed": SEED}
    if target.graded:
        numbers, grades = probability(difference(outputs)), pairs.labels
        statistics = {"pearson": pearson(numbers, grades), "spearman": spearman(numbers, grades)}
        return {"pairs": len(pairs)} | with_statistics(statistics, groups, settings)
    labels = pairs.labels.astype(np.int64)
    said = decide(outputs, 0.0).astype(np.int64)
    found = {"pairs": len(pairs), **with_share("accuracy", said == labels, groups)}
    found |= with_statistics({"macro_f1": macro_f1(said, labels, len(target.classes))}, groups, settings)
    return found | {"most_frequent": round(float(np.bincount(labels).max() / len(labels)), 6)}


def figures_said(name: str, figures: Metrics) -> Iterator[str]:
    """Lines for people. name: of the pairs."""
    told = [f"{title} {_figure(figures, key)}" for key, title in TITLES.items() if key in figures]
    yield f"{name}, {figures['pairs']:,} pairs: {', '.join(told)}"
    if "most_frequent" in figures:
        yield f"  without a model, always the most frequent class: accuracy {figures['most_frequent']:.3f}"


def _figure(figures: Metrics, key: str) -> str:
    value, low, high = (figures.get(f"{key}{end}") for end in ("", ".low", ".high"))
    if value is None:
        return "not defined"
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"
