"""Accuracy of labels."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def correct(predicted: Mapping[str, int], gold: Mapping[str, int]) -> np.ndarray:
    """1.0 or 0.0 for each gold item, in gold's order: whether its label was predicted; a missing one is wrong."""
    return np.array([float(predicted.get(item) == label) for item, label in gold.items()])


def accuracy(predicted: Mapping[str, int], gold: Mapping[str, int]) -> float:
    """Correct predictions / number of gold items (not of predictions): a missing prediction is wrong."""
    if not gold:
        raise ValueError("no gold labels: there is no accuracy to measure")
    return float(correct(predicted, gold).mean())


def confusion(predicted: Mapping[str, int], gold: Mapping[str, int]) -> dict[str, int]:
    """Counts of gold items by what became of them; they add up to the number of gold items."""
    names = {(1, 1): "true_positive", (0, 1): "false_positive", (0, 0): "true_negative", (1, 0): "false_negative"}
    counts = dict.fromkeys([*names.values(), "missing"], 0)
    for item, label in gold.items():
        counts[names[label, predicted[item]] if item in predicted else "missing"] += 1
    return counts
