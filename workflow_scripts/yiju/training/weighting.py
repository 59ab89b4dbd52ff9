"""Weights of training pairs: those whose label their edit distance belies count more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from yiju.base.errors import YijuError


def contradictions(q: Sequence[str], t: Sequence[str], labels: np.ndarray, threads: int = 1) -> np.ndarray:
    """How far their edit distance belies the labels y of pairs: y(1 - LS) + (1 - y)LS, float64 [pairs], 0 to 1.

    LS: Levenshtein ratio, 1 - distance / length of the longer sentence.
    """
    ratio = cpdist(q, t, scorer=Levenshtein.normalized_similarity, dtype=np.float64, workers=threads)
    return np.where(labels == 1, 1 - ratio, ratio)


def edit_distance_weights(belied: np.ndarray) -> np.ndarray:
    """Weights of all training pairs from their `contradictions`, float64 [pairs], their mean 1.

    A weight of 0 becomes the smallest that is not, so that no pair is lost. Raises YijuError where all are 0.
    """
    positive = belied[belied > 0]
    if not len(positive):
        raise YijuError("finetune.weighting: edit distance alone tells every label, so all weights are 0; set none")
    weights = np.maximum(belied, positive.min())
    return weights / weights.mean()
