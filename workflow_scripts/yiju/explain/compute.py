"""What is computed of pairs that are explained: scores, the rationale, and how the two sentences act together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from yiju.explain.attribution import judges, score_pairs
from yiju.explain.ensemble import Ensemble, SegmentScores
from yiju.explain.interaction import STRONGEST, gradient_matrices, joint_occlusion, maxsim_matrices
from yiju.explain.rationales.selection import select
from yiju.explain.rationales.sufficient import smallest_rationales
from yiju.models.decision import Decision
from yiju.models.removal import NO_MASK
from yiju.models.scorer import Scorer

if TYPE_CHECKING:
    from yiju.explain.shapley_interactions import Interactions

Matrix = Literal["gradients", "jacobians", "maxsim", "occlusion", "shapley"]
# Coalitions of a pair, at most, from which Shapley interactions are estimated.
SAMPLES = 2000
# Segments of q and of t, most important first, p(similar) with these alone, and whether the judgement is the same then.
Chosen = tuple[tuple[list[int], list[int]], float | None, bool | None]


@dataclass(frozen=True)
class Interplay:
    """How the segments of q and of t act together: float64 [q segments, t segments], and what found it.

    error: standard errors of the values, and samples: how many coalitions were judged, where they were estimated from
    samples, else None; cut: how many segments of each sentence take part, where a sentence has more, else None.
    """

    values: np.ndarray
    estimator: Matrix
    error: np.ndarray | None = None
    samples: int | None = None
    cut: int | None = None


def scored(
    ensemble: Ensemble, method: dict, decision: Decision, target: int | None
) -> tuple[np.ndarray, np.ndarray, SegmentScores]:
    """Outputs for the pairs, float64 [pairs, classes], the explained classes, int64 [pairs], and scores of segments.

    target: the class whose score is explained; None for the one that is decided.
    """
    if target is not None or len(ensemble.readings) > 1 or not judges(method["method"]):
        outputs = ensemble.logits()
        labels = decision.explained(outputs) if target is None else np.full(len(outputs), target, dtype=np.int64)
        return outputs, labels, score_pairs(ensemble, labels, method, bar=False)
    found = score_pairs(ensemble, None, method, bar=False)
    outputs = ensemble.logits() if found.logits is None else found.logits
    # Between the larger logit and the margin lie few pairs: these again, for the other label.
    labels = decision.explained(outputs)
    again = np.flatnonzero(labels != outputs.argmax(1))
    if len(again):
        found.place(ensemble, again, score_pairs(ensemble.select(again), labels[again], method, bar=False))
    return outputs, labels, found


def rationales_of(
    ensemble: Ensemble, labels: np.ndarray, values: np.ndarray, decision: Decision, ratio: float | None
) -> list[Chosen]:
    """The rationale of each pair: the smallest that keeps the judgement, or the best share of either sentence.

    labels: int [pairs], the ones that were decided; values: float64 [segments], flat, above 0 where a segment speaks
    for the label; ratio: the share, or None.
    """
    firsts, scores = ensemble.first.firsts.tolist(), [values[ensemble.own(row)] for row in range(len(ensemble))]
    if ratio is not None:
        sides = zip(scores, firsts, strict=True)
        return [
            ((select(own[:first], "share", ratio), select(own[first:], "share", ratio)), None, None)
            for own, first in sides
        ]
    with ensemble.evaluating():
        found = smallest_rationales(ensemble, labels, scores, decision.margin or 0.0)
    alone = decision.probabilities(np.stack([one.outputs for one in found]), labels)
    chances = [None] * len(found) if alone is None else alone.tolist()
    return [(one.sides(first), chance, one.kept) for one, first, chance in zip(found, firsts, chances, strict=True)]


def why_no_matrix(matrix: Matrix | None, scorer: Scorer) -> str | None:
    """Why a kind of matrix does not fit a model, as a sentence without a full stop; None where it fits."""
    instead = "take the matrix occlusion, which fits every model"
    if matrix == "maxsim" and not _is_late_interaction(scorer):
        return f"the matrix maxsim is how a late-interaction model scores, and this is a {scorer.family}; {instead}"
    if matrix == "jacobians" and (reason := _why_no_jacobians(scorer)):
        return f"the matrix jacobians is for bi-encoders of cosine or dot, and this is a {reason}; {instead}"
    if matrix == "gradients" and not scorer.gradients:
        return f"the matrix gradients looks into the model, and this is a {scorer.family}; {instead}"
    if matrix in ("gradients", "jacobians") and scorer.template.mask_id is None:
        return f"the matrix {matrix} puts [MASK] in a token's place, and {NO_MASK}; or {instead}"
    return None


def _is_late_interaction(scorer: Scorer) -> bool:
    # Models without gradients are asked for without torch.
    if not scorer.gradients:
        return False
    from yiju.models.scorers.late_interaction import LateInteraction

    return isinstance(scorer, LateInteraction)


def _why_no_jacobians(scorer: Scorer) -> str | None:
    """What a scorer is, if it is no bi-encoder of cosine or dot."""
    if not scorer.gradients:
        return scorer.family
    from yiju.models.scorers.bi_encoder import PRODUCTS, BiEncoder

    if not isinstance(scorer, BiEncoder):
        return scorer.family
    return None if scorer.similarity_name in PRODUCTS else f"{scorer.family} of {scorer.similarity_name}"


def matrices_of(ensemble: Ensemble, labels: np.ndarray, matrix: Matrix | None) -> list[Interplay]:
    """How the segments of both sentences act together, exactly or estimated; nothing where nobody asks."""
    if matrix is None:
        return []
    if matrix == "gradients":
        return [Interplay(one, "gradients") for one in gradient_matrices(ensemble, labels)]
    if matrix == "jacobians":
        from yiju.explain.jacobians import jacobian_matrices

        return [Interplay(one, "jacobians") for one in jacobian_matrices(ensemble)]
    if matrix == "maxsim":
        return [Interplay(one, "maxsim") for one in maxsim_matrices(ensemble)]
    if matrix == "shapley":
        # Not before it is asked for, as it loads scipy.
        from yiju.explain.shapley_interactions import shapley_interactions

        return list(map(_shapley, shapley_interactions(ensemble, labels, "delete", SAMPLES)))
    found = joint_occlusion(ensemble, labels, "delete")
    return [Interplay(one, "occlusion", cut=_cut(ensemble, row)) for row, one in enumerate(found)]


def _shapley(found: Interactions) -> Interplay:
    if found.exact:
        return Interplay(found.values, "shapley")
    return Interplay(found.values, "shapley", found.error, found.judged)


def _cut(ensemble: Ensemble, row: int) -> int | None:
    """How many segments of each sentence take part in joint occlusion, where a sentence has more."""
    first = int((ensemble.players[row] < ensemble.first.firsts[row]).sum())
    return None if max(first, len(ensemble.players[row]) - first) <= STRONGEST else STRONGEST
