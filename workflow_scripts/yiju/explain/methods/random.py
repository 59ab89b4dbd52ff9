"""Random scores: what any method has to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yiju.config.method import Method

if TYPE_CHECKING:
    from yiju.explain.ensemble import Ensemble, SegmentScores

METHOD = Method(
    title="Random",
    summary="chance, which any method has to beat",
    chinese=("随机", "随机得分，任何方法都应当胜过它"),
    passes=lambda options, length: 0,
    chance=True,
    removes=True,
    draws=True,
)


def attribute(ensemble: Ensemble, labels: np.ndarray, options: dict) -> SegmentScores:
    """Score segments uniformly from [0, 1), drawn for every pair from its tokens and the seed."""
    from yiju.explain.ensemble import SegmentScores

    found = SegmentScores.blank(ensemble)
    for row, players in enumerate(ensemble.players):
        found.values[:, ensemble.own(row)][:, players] = ensemble.generator(row).random(len(players))
    return found
