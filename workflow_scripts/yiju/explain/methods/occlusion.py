"""Occlusion: what the label's log-probability loses with each segment."""

from __future__ import annotations

import numpy as np

from yiju.explain.ensemble import Ensemble, SegmentScores

# Judges pairs without some of their segments, and is told of nothing else.
REMOVES = True


def attribute(ensemble: Ensemble, labels: np.ndarray, options: dict) -> SegmentScores:
    """Score segments by log p(label) of the pair less that of the pair without the segment, signed.

    options: removal. Leave-one-out (Li 2016, erasure; Zeiler 2014, occlusion).
    """
    found = SegmentScores.blank(ensemble)
    games = [leave_one_out(len(players)) for players in ensemble.players]
    for row, _, worth in ensemble.play(games.__getitem__, labels, options["removal"]):
        found.values[:, ensemble.own(row)][:, ensemble.players[row]] = worth[:, :1] - worth[:, 1:]
    return found


def leave_one_out(count: int) -> np.ndarray:
    """All players, then all but each: bool [1 + count, count]."""
    return np.concatenate([np.ones((1, count), dtype=bool), ~np.eye(count, dtype=bool)])
