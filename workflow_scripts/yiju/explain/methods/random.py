"""Random scores: what any method has to beat."""

from __future__ import annotations

import numpy as np

from yiju.explain.ensemble import Ensemble, SegmentScores

REMOVES = DRAWS = True


def attribute(ensemble: Ensemble, labels: np.ndarray, options: dict) -> SegmentScores:
    """Score segments uniformly from [0, 1), drawn for every pair from its tokens and the seed."""
    found = SegmentScores.blank(ensemble)
    for row, players in enumerate(ensemble.players):
        found.values[:, ensemble.own(row)][:, players] = ensemble.generator(row).random(len(players))
    return found
