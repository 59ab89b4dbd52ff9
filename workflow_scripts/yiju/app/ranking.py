"""Candidates ranked against a query, and why the first one stands above the second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yiju.app.explainer import Explainer
from yiju.base.errors import YijuError
from yiju.explain.explanation import Explanation, Side
from yiju.models.calibration.apply import difference, log_probability, probability
from yiju.models.decision import class_of

# Families whose one number is a logit: its sigmoid is a score from 0 to 1. Other numbers are taken as they are.
LOGITS = ("cross-encoder", "decoder reranker")


@dataclass(frozen=True)
class Ranked:
    """A candidate. index: its place among those given; score: a probability where the model has one, else its number;
    raw: the logit, or the number itself; truncated: whether query and candidate are longer than the model reads."""

    index: int
    score: float
    raw: float
    truncated: bool


def ranked(explainer: Explainer, query: str, texts: Sequence[str], target: str | int | None = None) -> list[Ranked]:
    """All candidates, highest score first, of equal ones the first given. target: the class whose probability ranks.

    Raises YijuError for a model of more than two classes where no target is named.
    """
    number = ranking_class(explainer, target)
    outputs, cut = explainer.outputs((query, text) for text in texts)
    raw = difference(outputs) * (1 if number else -1) if outputs.shape[1] == 2 else outputs[:, number]
    scores = _scores(explainer, outputs, number, raw)
    order = np.lexsort((-raw, -scores))
    return [Ranked(int(row), float(scores[row]), float(raw[row]), bool(cut[row])) for row in order]


def ranking_class(explainer: Explainer, target: str | int | None) -> int:
    """The class whose probability ranks: the one named, else label 1 of two. Raises YijuError where none is named."""
    classes = explainer.scorer.classes
    if target is not None:
        return class_of(explainer.scorer, target)
    if len(classes) > 2:
        raise YijuError(
            f"the model has {len(classes)} classes ({', '.join(classes)}), none of which is known to rank; name one as "
            "target"
        )
    return 1


def difference_of(
    explainer: Explainer,
    query: str,
    texts: tuple[str, str],
    method: dict[str, Any],
    target: str | int | None = None,
) -> dict[str, Any]:
    """Why the first of two candidates stands above the second: what each segment adds to the difference of the scores.

    method: name and options. What a segment of the query adds is its score beside the first candidate less that beside
    the second; a segment of the first candidate adds its score, one of the second takes its score away. Of what the
    model did not read nothing is known, None.
    """
    number = ranking_class(explainer, target)
    named = None if explainer.scorer.single else number
    options = {key: value for key, value in method.items() if key != "method"}
    pairs = [(query, text) for text in texts]
    first, second = explainer.explain(pairs, method["method"], ratio=1.0, target=named, **options)
    return {
        "score": "number" if named is None else f"log p({first.target})",
        "difference": first.score - second.score,
        "method": first.method,
        "query": _segments(first.sides[0], *map(_query_scores, (first, second))),
        "first": _segments(first.sides[1], _candidate_scores(first)),
        "second": _segments(second.sides[1], None, _candidate_scores(second)),
    }


def _scores(explainer: Explainer, outputs: np.ndarray, number: int, raw: np.ndarray) -> np.ndarray:
    if not explainer.scorer.single:
        return np.exp(log_probability(outputs, number)) if outputs.shape[1] > 2 else probability(raw)
    calibrated = explainer.decision.probabilities(outputs, None)
    if calibrated is not None:
        return calibrated
    return probability(raw) if explainer.scorer.family in LOGITS else raw


def _query_scores(found: Explanation) -> list[float | None]:
    return [one.score for one in found.sides[0].segments]


def _candidate_scores(found: Explanation) -> list[float | None]:
    return [one.score for one in found.sides[1].segments]


def _segments(
    side: Side, plus: Sequence[float | None] | None, minus: Sequence[float | None] | None = None
) -> list[dict[str, Any]]:
    """Segments of a text with what each adds: `plus` less `minus`, where both are known or not asked for."""
    nothing = [0.0] * len(side.segments)
    return [
        {"text": one.text, "start": one.start, "end": one.end, "adds": _less(*both)}
        for one, *both in zip(side.segments, plus or nothing, minus or nothing, strict=True)
    ]


def _less(plus: float | None, minus: float | None) -> float | None:
    return None if plus is None or minus is None else plus - minus
