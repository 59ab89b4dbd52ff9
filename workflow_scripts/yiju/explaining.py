"""What is computed of pairs that are explained: scores, the rationale, and how the two sentences act together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import ValidationError

from yiju.attribution.attribute import judges, score_pairs
from yiju.attribution.ensemble import Ensemble, SegmentScores
from yiju.attribution.interaction import STRONGEST, gradient_matrices, joint_occlusion
from yiju.attribution.shapley_interactions import Interactions, shapley_interactions
from yiju.errors import YijuError
from yiju.rationale.selection import select
from yiju.rationale.sufficient import smallest_rationales
from yiju.scores import decide
from yiju.settings.explain import OPTIONS

Matrix = Literal["gradients", "occlusion", "shapley"]
# Coalitions of a pair, at most, from which Shapley interactions are estimated.
SAMPLES = 2000
# Segments of q and of t, most important first, p(similar) with these alone, and whether the judgement is the same then.
Chosen = tuple[tuple[list[int], list[int]], float | None, bool | None]


@dataclass(frozen=True)
class Interplay:
    """How the segments of q and of t act together: float64 [q segments, t segments], and what found it, in words.

    error: standard errors of the values, where they were estimated from samples, else None.
    """

    values: np.ndarray
    estimator: str
    error: np.ndarray | None = None


def chosen_method(method: str, options: dict[str, Any]) -> dict[str, Any]:
    """A method's name as `method`, with all its options. Raises YijuError for an unknown name, option or value."""
    if not isinstance(method, str) or method not in OPTIONS:
        raise YijuError(f"no method {method!r}; there are {', '.join(OPTIONS)}")
    try:
        return {"method": method} | OPTIONS[method].model_validate(options).model_dump()
    except ValidationError as error:
        problem = error.errors()[0]
        allowed = ", ".join(OPTIONS[method].model_fields) or "none"
        raise YijuError(
            f"{method}, option {'.'.join(map(str, problem['loc']))}: {problem['msg']}; its options: {allowed}"
        ) from None


def scored(ensemble: Ensemble, method: dict, margin: float) -> tuple[np.ndarray, SegmentScores]:
    """Logits of the pairs, float64 [pairs, 2], and scores for the labels that the margin makes of them."""
    if len(ensemble.readings) > 1 or not judges(method["method"]):
        logits = ensemble.logits()
        return logits, score_pairs(ensemble, decide(logits, margin).astype(np.int64), method, bar=False)
    found = score_pairs(ensemble, None, method, bar=False)
    logits = ensemble.logits() if found.logits is None else found.logits
    # Between the larger logit and the margin lie few pairs: these again, for the other label.
    labels = decide(logits, margin).astype(np.int64)
    again = np.flatnonzero(labels != logits.argmax(1))
    if len(again):
        found.place(ensemble, again, score_pairs(ensemble.select(again), labels[again], method, bar=False))
    return logits, found


def rationales_of(
    ensemble: Ensemble, labels: np.ndarray, values: np.ndarray, margin: float, ratio: float | None
) -> list[Chosen]:
    """The rationale of each pair: the smallest that keeps the judgement, or the best share of either sentence.

    labels: int [pairs]; values: float64 [segments], flat; margin: of the decision; ratio: the share, or None.
    """
    firsts, scores = ensemble.first.firsts.tolist(), [values[ensemble.own(row)] for row in range(len(ensemble))]
    if ratio is not None:
        sides = zip(scores, firsts, strict=True)
        return [((_positive(own[:first], ratio), _positive(own[first:], ratio)), None, None) for own, first in sides]
    with ensemble.evaluating():
        found = smallest_rationales(ensemble, labels, scores, margin)
    return [(one.sides(first), one.probability, one.kept) for one, first in zip(found, firsts, strict=True)]


def matrices_of(ensemble: Ensemble, labels: np.ndarray, matrix: Matrix | None) -> list[Interplay]:
    """How the segments of both sentences act together, exactly or estimated; nothing where nobody asks."""
    if matrix is None:
        return []
    if matrix == "gradients":
        return [Interplay(one, "gradients, approximate") for one in gradient_matrices(ensemble, labels)]
    if matrix == "shapley":
        return list(map(_shapley, shapley_interactions(ensemble, labels, "delete", SAMPLES)))
    found = joint_occlusion(ensemble, labels, "delete")
    return [Interplay(one, _occluded(ensemble, row)) for row, one in enumerate(found)]


def _shapley(found: Interactions) -> Interplay:
    if found.exact:
        return Interplay(found.values, "exact Shapley interactions")
    return Interplay(found.values, f"Shapley interactions, {found.judged} samples", found.error)


def _occluded(ensemble: Ensemble, row: int) -> str:
    first = int((ensemble.players[row] < ensemble.first.firsts[row]).sum())
    if max(first, len(ensemble.players[row]) - first) <= STRONGEST:
        return "exact joint occlusion"
    return f"exact joint occlusion of the {STRONGEST} strongest segments of a sentence"


def _positive(scores: np.ndarray, ratio: float) -> list[int]:
    """The best share of a sentence's segments, those that speak for the label."""
    return [index for index in select(scores, "ratio", ratio) if scores[index] > 0]
