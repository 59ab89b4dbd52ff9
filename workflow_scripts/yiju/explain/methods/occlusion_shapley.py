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


# How many times as much as in others a segment must change to carry the judgement of a pair judged not similar.
TIMES = 3


class Options(Section):
    samples: Samples = 256
    removal: Removal = "delete"


METHOD = Method(
    title="Occlusion, else Shapley values",
    summary="how far the judgement falls without a character; where no single one of a sentence carries it, Shapley "
    "values",
    chinese=(
        "逐字去掉，必要时用 Shapley 值",
        "去掉一个字，判断下降多少；句中没有一个字能单独左右判断时，用 Shapley 值",
    ),
    source="Li 2016; Lundberg 2017",
    options=Options,
    # At most: the game is played for pairs with such a sentence alone.
    passes=lambda options, length: length + options["samples"],
    quick={"samples": 64},
    removes=True,
    draws=True,
)


def attribute(ensemble: Ensemble, labels: np.ndarray, options: dict) -> SegmentScores:
    """Score segments by `occlusion`, and those of a sentence in which none carries the judgement by `kernel_shap`.

    options: samples, removal. A pair is similar if everything in it agrees, so that each segment counts and leaving it
    out tells how much. It is not similar as soon as something differs: of several differences each is enough, and
    leaving one out changes little. A segment carries a judgement where its probability falls by a tenth or more without
    it (`yiju.explain.strength`), that of a pair judged not similar (label 0 of two) by a quarter; of scores without a
    scale, where as large a share of the largest change in the pair hangs on it. The segments of a sentence without such
    a one have their Shapley values in the game of the whole pair, by `samples` coalitions, and the standard errors of
    these; all others have the error 0.
    """
    from yiju.explain.ensemble import SegmentScores
    from yiju.explain.methods import kernel_shap, occlusion

    values = occlusion.attribute(ensemble, labels, options).values
    error = np.where(np.isnan(values[0]), np.nan, 0.0)
    carried_by_none = dict(sentences_carried_by_none(ensemble, labels, values[0]))
    rows = list(carried_by_none)
    part = ensemble.select(rows)
    shapley = kernel_shap.attribute(part, labels[rows], options | {"sides": "together"})
    for place, (row, segments) in enumerate(carried_by_none.items()):
        own, drawn = ensemble.bounds[row] + segments, part.bounds[place] + segments
        values[:, own] = shapley.values[:, drawn]
        if shapley.error is not None:
            error[own] = shapley.error[drawn]
    return SegmentScores(values, error)


def sentences_carried_by_none(
    ensemble: Ensemble, labels: np.ndarray, effects: np.ndarray
) -> Iterator[tuple[int, np.ndarray]]:
    """Pairs with a sentence of which no segment carries the judgement, and the segments of such sentences.

    labels: int [pairs], those that are explained; effects: what leaving each segment out changes by the first voice,
    float64 [segments], flat.
    """
    from yiju.explain.strength import CARRIES

    scorer = ensemble.first.subject.scorer
    for row, players in enumerate(ensemble.players):
        own, first = effects[ensemble.own(row)][players], players < ensemble.first.firsts[row]
        unit = np.abs(own).max(initial=0.0) if scorer.unit is None else scorer.unit
        least = CARRIES * unit * (TIMES if len(scorer.classes) == 2 and labels[row] == 0 else 1)
        none = [side for side in (first, ~first) if side.any() and not (own[side] > least).any()]
        if none:
            yield row, players[np.any(none, axis=0)]
