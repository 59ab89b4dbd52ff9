"""Weights of training pairs: those whose label their edit distance belies count more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from yiju.errors import YijuError


def edit_distance_weights(q: Sequence[str], t: Sequence[str], labels: np.ndarray, threads: int = 1) -> np.ndarray:
    """Weights w = y(1 - LS) + (1 - y)LS of pairs with labels y, float64 [pairs], their mean 1.

    LS: Levenshtein ratio, 1 - distance / length of the longer sentence. A weight of 0 becomes the smallest that is not,
    so that no pair is lost. Raises YijuError where all are 0.
    """
    ratio = cpdist(q, t, scorer=Levenshtein.normalized_similarity, dtype=np.float64, workers=threads)
    weights = np.where(labels == 1, 1 - ratio, ratio)
    positive = weights[weights > 0]
    if not len(positive):
        raise YijuError("finetune.weighting: edit distance alone tells every label, so all weights are 0; set none")
    weights = np.maximum(weights, positive.min())
    return weights / weights.mean()
