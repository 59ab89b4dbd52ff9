"""Scores of segments as explanations: sides with their segments, matrices and counterfactuals of one pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yiju.base.types import Removal
from yiju.data.segmentation import Span
from yiju.explain.compute import Interplay
from yiju.explain.counterfactual import Deletion
from yiju.explain.ensemble import Ensemble, SegmentScores
from yiju.explain.explanation import Counterfactual, Segment, Side
from yiju.explain.leading import leading_distinct, shared_ranks
from yiju.explain.orders import Order
from yiju.explain.strength import SCALE


@dataclass(frozen=True)
class Scored:
    """What is known of the segments of one sentence.

    spans: where they lie; scores, effects: float64, not a number for what was not read; errors: float64 or None;
    unknown: bool [characters]; cut_at: the character from which on the model reads none; rationale: segments, most
    important first; scale: the effect from which on a colour is full.
    """

    spans: Sequence[Span]
    scores: np.ndarray
    effects: np.ndarray
    errors: np.ndarray | None
    unknown: np.ndarray
    cut_at: int
    rationale: Sequence[int]
    scale: float


def side_of(text: str, known: Scored) -> Side:
    """A sentence with its scores by segment and by character."""
    ranks = {index: place for place, index in enumerate(known.rationale, 1)}
    shared = {} if known.errors is None else shared_ranks(known.scores, known.errors, known.rationale)
    segments = tuple(
        Segment(
            text=text[start:end],
            start=start,
            end=end,
            score=number(known.scores[index]),
            rank=ranks.get(index),
            unknown=bool(known.unknown[start:end].any()),
            truncated=end > known.cut_at,
            effect=number(known.effects[index]),
            error=None if known.errors is None else number(known.errors[index]),
            scale=known.scale,
            shared=shared.get(index),
        )
        for index, (start, end) in enumerate(known.spans)
    )
    return Side(text, _by_character(text, segments), segments)


def sides_of(
    ensemble: Ensemble,
    row: int,
    known: SegmentScores,
    effects: np.ndarray,
    rationale: tuple[list[int], list[int]],
    unit: float | None,
) -> list[dict]:
    """Scores, effects, errors and rationale of q and of t: what `Scored` has beside what is known of the texts.

    unit: the effect from which on a colour is full; None for the largest of the pair.
    """
    own, first = ensemble.own(row), int(ensemble.first.firsts[row])
    values, errors = known.values[0, own], None if known.error is None else known.error[own]
    scale = float(np.nanmax(np.abs(effects[own]), initial=0.0) or SCALE) if unit is None else unit
    return [
        {
            "scores": values[part],
            "effects": effects[own][part],
            "errors": None if errors is None else errors[part],
            "rationale": chosen,
            "scale": scale,
        }
        for part, chosen in zip((slice(None, first), slice(first, None)), rationale, strict=True)
    ]


def cuts_of(orders: Sequence[Order], row: int, texts: Sequence[str]) -> tuple[int, int]:
    """The character of q and of t from which on the model reads none in any order; its length where it reads all."""
    read = [max(one.kept(row)[side] for one in orders) for side in (0, 1)]
    q, t = (
        len(text) if count == sentences.lengths[row] else sentences.span_list(row, count)[-1][1] if count else 0
        for text, count, sentences in zip(texts, read, (orders[0].q, orders[0].t), strict=True)
    )
    return q, t


def matrix_of(found: Interplay | None) -> dict[str, Any]:
    """What an explanation holds of its matrix, where there is one."""
    if found is None:
        return {}
    return {
        "matrix": _rows(found.values),
        "matrix_error": _rows(found.error),
        "matrix_samples": found.samples,
        "matrix_cut": found.cut,
        "estimator": found.estimator,
    }


def _rows(values: np.ndarray | None) -> tuple | None:
    """[q segments][t segments], None in the place of a cell that is not known."""
    return None if values is None else tuple(tuple(map(number, row)) for row in values)


def counterfactual_of(
    found: Deletion, first: int, probability: float | None, turned: int | None, removal: Removal
) -> Counterfactual:
    """A deletion among the segments of both sides, those of q being the `first` ones.

    probability, turned: p and label without them.
    """
    removed = found.removed or ()
    q, t = (tuple(i for i in removed if i < first), tuple(i - first for i in removed if i >= first))
    there = found.removed is not None
    return Counterfactual(found.label, q, t, there, probability, found.exact, removal, turned if there else None)


def leading_distinct_of(known: SegmentScores, own: slice) -> bool | None:
    """Whether the first three segments of a pair are told from the next one; None where nothing was drawn."""
    return None if known.error is None else leading_distinct(known.values[0, own], known.error[own])


def number(value: float) -> float | None:
    """A number as plain values have it: None for what is none."""
    return None if np.isnan(value) else float(value)


def _by_character(text: str, segments: Sequence[Segment]) -> tuple[float | None, ...]:
    """Each character's equal part of its segment's score; white space has 0."""
    scores: list[float | None] = [0.0] * len(text)
    for one in segments:
        share = None if one.score is None else one.score / (one.end - one.start)
        scores[one.start : one.end] = [share] * (one.end - one.start)
    return tuple(scores)
