"""Occlusion, with Shapley values where single segments tell little of a judgement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from yiju.base.types import Removal
from yiju.config.method import Method, Samples
from yiju.config.section import Section

if TYPE_CHECKING:
    from yiju.explain.ensemble import Ensemble, SegmentScores


# Of a pair that is judged not similar: the share of the Shapley values in its scores, the rest of which is occlusion,
# and how many times as much as in others a segment must change to carry the judgement.
SHARE, TIMES = 0.5, 2


class Options(Section):
    samples: Samples = 128
    removal: Removal = "delete"


METHOD = Method(
    title="Occlusion with Shapley values",
    summary="how far the judgement falls without a character; of pairs judged not similar, and where no single "
    "character carries it, with Shapley values",
    chinese=(
        "逐字去掉，必要时用 Shapley 值",
        "去掉一个字，判断下降多少；句对判为不相似，或没有一个字能单独左右判断时，加上 Shapley 值",
    ),
    source="Li 2016; Lundberg 2017",
    options=Options,
    # At most: the game is played for such pairs alone.
    passes=lambda options, length: length + options["samples"],
    quick={"samples": 64},
    removes=True,
    draws=True,
)


def attribute(ensemble: Ensemble, labels: np.ndarray, options: dict) -> SegmentScores:
    """Score segments by `occlusion`, by `kernel_shap`, or by both.

    options: samples, removal. A pair is similar if everything in it agrees, so that each segment counts and leaving it
    out tells how much. It is not similar as soon as something differs: of several differences each is enough, and
    leaving one out changes little. So the scores of a pair that is judged not similar (label 0 of two) are the mean of
    both, and in every pair a sentence of which no single segment carries the judgement has its Shapley values alone. A
    segment carries it where its probability falls by a tenth or more without it, of a pair that is judged not similar
    by nearly a fifth (of scores without a scale, where so much of the largest change in the pair hangs on it). The game
    is that of the whole pair, by `samples` coalitions. Errors are those of the Shapley values, by their share, and 0 of
    what is occlusion alone.
    """
    from yiju.explain.ensemble import SegmentScores
    from yiju.explain.methods import kernel_shap, occlusion

    values = occlusion.attribute(ensemble, labels, options).values
    error = np.where(np.isnan(values[0]), np.nan, 0.0)
    shares = dict(_shares(ensemble, labels, values[0]))
    rows = list(shares)
    part = ensemble.select(rows)
    shapley = kernel_shap.attribute(part, labels[rows], options | {"sides": "together"})
    for place, (row, share) in enumerate(shares.items()):
        own, drawn = ensemble.own(row), part.own(place)
        values[:, own] += share * (shapley.values[:, drawn] - values[:, own])
        if shapley.error is not None:
            error[own] = share * shapley.error[drawn]
    return SegmentScores(values, error)


def _shares(ensemble: Ensemble, labels: np.ndarray, effects: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Pairs in which Shapley values count, and their share in the score of each segment: float64 [segments].

    effects: what leaving each segment out changes by the first voice, float64 [segments], flat.
    """
    from yiju.explain.strength import CARRIES

    scorer, firsts = ensemble.first.subject.scorer, ensemble.first.firsts
    for row in range(len(ensemble)):
        own = np.nan_to_num(effects[ensemble.own(row)], nan=-np.inf)
        unlike = len(scorer.classes) == 2 and labels[row] == 0
        unit = np.abs(own[own > -np.inf]).max(initial=0.0) if scorer.unit is None else scorer.unit
        least = CARRIES * unit * (TIMES if unlike else 1)
        share = np.full(len(own), SHARE if unlike else 0.0)
        for side in (slice(firsts[row]), slice(firsts[row], None)):
            if not (own[side] > least).any():
                share[side] = 1.0
        if share[ensemble.players[row]].any():
            yield row, share
