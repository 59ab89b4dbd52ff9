"""Occlusion: what the label's log-probability loses with each segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yiju.base.types import Removal
from yiju.config.method import Method
from yiju.config.section import Section

if TYPE_CHECKING:
    from yiju.explain.ensemble import Ensemble, SegmentScores


class Options(Section):
    removal: Removal = "delete"


METHOD = Method(
    title="Occlusion (leave-one-out)",
    summary="how far the judgement falls when a character is taken away",
    chinese=("逐字去掉", "去掉一个字，判断下降多少"),
    source="Li 2016",
    options=Options,
    passes=lambda options, length: length,
    removes=True,
)


def attribute(ensemble: Ensemble, labels: np.ndarray, options: dict) -> SegmentScores:
    """Score segments by log p(label) of the pair less that of the pair without the segment, signed.

    options: removal. Leave-one-out (Li 2016, erasure; Zeiler 2014, occlusion).
    """
    from yiju.explain.ensemble import SegmentScores

    found = SegmentScores.blank(ensemble)
    games = [leave_one_out(len(players)) for players in ensemble.players]
    for row, _, worth in ensemble.play(games.__getitem__, labels, options["removal"]):
        found.values[:, ensemble.own(row)][:, ensemble.players[row]] = worth[:, :1] - worth[:, 1:]
    return found


def leave_one_out(count: int) -> np.ndarray:
    """All players, then all but each: bool [1 + count, count]."""
    return np.concatenate([np.ones((1, count), dtype=bool), ~np.eye(count, dtype=bool)])
