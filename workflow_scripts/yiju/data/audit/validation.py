"""How often a shortcut is right about pairs whose sentences it has not seen."""

from __future__ import annotations

import numpy as np

from yiju.data.audit.shortcut_models import Inputs, Shortcut, fit
from yiju.data.components import connected_groups
from yiju.data.folds import balanced_folds

FOLDS = 5


def grouped(sentences: np.ndarray, sees: tuple[int, ...]) -> tuple[np.ndarray, str]:
    """The groups that stay in one fold, and by what they hang together. sentences: [n, 2] numbers.

    A group is a connected component of sentences. Where one of them fills more than a fold (a corpus that sets 300
    sentences against thousands of others is a single one), pairs are grouped by the sentence that the shortcut sees,
    or, where it sees both, by the side that has fewer different ones, which come back more often.
    Returns [n] int64, and "component" or "sentence".
    """
    components = connected_groups(sentences[:, 0], sentences[:, 1])
    if np.bincount(components).max() <= len(components) / FOLDS:
        return components, "component"
    sides = [np.unique(sentences[:, side], return_inverse=True) for side in sees]
    return min(sides, key=lambda side: len(side[0]))[1], "sentence"


def held_out_hits(shortcut: Shortcut, inputs: Inputs, labels: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Whether the model of the other folds guesses each pair's label. Returns [n] bool."""
    fold_of = balanced_folds(groups, FOLDS, seed)
    hits = np.empty(len(labels), dtype=bool)
    for fold in range(FOLDS):
        held_out = fold_of == fold
        model = fit(shortcut, inputs[~held_out], labels[~held_out], seed)
        hits[held_out] = model.predict(inputs[held_out]) == labels[held_out]
    return hits
