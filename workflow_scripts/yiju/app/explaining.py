"""Pairs that were read, judged and explained: what `Explainer` hands out, made of what its model gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yiju.explain.assembly import Scored, cuts_of, leading_distinct_of, matrix_of, side_of, sides_of
from yiju.explain.attribution import score_pairs
from yiju.explain.compute import Chosen, Matrix, matrices_of, rationales_of, scored
from yiju.explain.ensemble import Ensemble, Reading
from yiju.explain.explanation import Explanation, Judgement
from yiju.explain.orders import Order
from yiju.explain.strength import EFFECT
from yiju.explain.subject import Subject
from yiju.models.decision import Asked, Decision
from yiju.models.given_pairs import Pair
from yiju.models.model_facts import About

# The share of each side's segments that is the rationale where nothing is decided.
SHARE = 0.3
# Label, probability, whether the pair is left undecided, and which classes are possible, of each pair; None where the
# model has none.
Decided = tuple[list[int | None], list[float | None], list[bool | None], list[tuple[str, ...] | None]]


@dataclass(frozen=True)
class Wanted:
    """What is asked of pairs. method: with all options; units: what the segments are; see `Explainer.stream`."""

    method: dict[str, Any]
    matrix: Matrix | None
    ratio: float | None
    asked: Asked
    units: str
    about: About | None


def mean_outputs(subject: Subject, orders: Sequence[Order]) -> np.ndarray:
    """The mean over the orders that decide, float64 [pairs, classes]."""
    return np.mean([subject.outputs(one.pairs) for one in orders], axis=0)


def decided(decision: Decision, outputs: np.ndarray) -> Decided:
    """What outputs, float64 [pairs, classes], decide."""
    labels = decision.labels(outputs)
    chances, doubtful = decision.probabilities(outputs, labels), decision.undecided(outputs)
    nothing: list[Any] = [None] * len(outputs)
    return (
        nothing if labels is None else labels.astype(int).tolist(),
        nothing if chances is None else chances.tolist(),
        nothing if doubtful is None else doubtful.tolist(),
        decision.possible(outputs),
    )


def judged(subject: Subject, decision: Decision, chunk: Sequence[Pair], orders: Sequence[Order]) -> Iterator[Judgement]:
    """The judgements of pairs. orders: the pairs as the model reads them."""
    outputs, scorer = mean_outputs(subject, orders), subject.scorer
    scores = subject.score(outputs, decision.explained(outputs))
    sides = zip(zip(*chunk, strict=True), (orders[0].q, orders[0].t), strict=True)
    unknown = np.sum([scorer.unknown_counts(texts, spelt) for texts, spelt in sides], axis=0)
    facts = (orders[0].pairs.truncated, unknown, scores)
    known = zip(chunk, *decided(decision, outputs), *(column.tolist() for column in facts), strict=True)
    for (q, t), label, chance, doubtful, possible, truncated, odd, score in known:
        name = None if label is None else scorer.classes[label]
        doubts = {"undecided": doubtful, "possible": possible}
        yield Judgement(q, t, label, chance, truncated, odd, score=score, label_name=name, **doubts)


def explained(
    subject: Subject, decision: Decision, chunk: Sequence[Pair], orders: Sequence[Order], wanted: Wanted
) -> Iterator[Explanation]:
    """The explanations of pairs. orders: the pairs as the model reads them, with their segments."""
    scorer, ensemble = subject.scorer, Ensemble([[Reading.of(subject, one) for one in orders]])
    outputs, classes, found = scored(ensemble, wanted.method, decision, wanted.asked.target)
    effects = found if wanted.method == EFFECT else score_pairs(ensemble, classes, EFFECT, bar=False)
    rationales = rationales_for(ensemble, decision, outputs, classes, found.values[0], wanted.ratio)
    matrices = matrices_of(ensemble, classes, wanted.matrix)
    scores = subject.score(outputs, classes)
    labels, chances, doubtful, possible = decided(decision, outputs)
    spelt = zip(zip(*chunk, strict=True), (orders[0].q, orders[0].t), strict=True)
    unknown = list(zip(*(scorer.unknown_in(*side) for side in spelt), strict=True))
    for row, texts in enumerate(chunk):
        chosen, alone, kept = rationales[row]
        label, against = labels[row], wanted.asked.contrast
        known = zip(
            orders[0].segments[row],
            unknown[row],
            cuts_of(orders, row, texts),
            sides_of(ensemble, row, found, effects.values[0], chosen, scorer.unit),
            strict=True,
        )
        q, t = (
            side_of(text, Scored(spans=spans, unknown=odd, cut_at=cut, **facts))
            for text, (spans, odd, cut, facts) in zip(texts, known, strict=True)
        )
        yield Explanation(
            *texts,
            label=label,
            probability=chances[row],
            truncated=bool(orders[0].pairs.truncated[row]),
            unknown=int(sum(side.sum() for side in unknown[row])),
            score=float(scores[row]),
            label_name=None if label is None else scorer.classes[label],
            undecided=doubtful[row],
            possible=possible[row],
            method=wanted.method,
            sides=(q, t),
            units=wanted.units,
            target=None if scorer.single else scorer.classes[classes[row]],
            contrast=None if against is None else scorer.classes[against],
            gap=None if found.gap is None else float(found.gap[row]),
            **matrix_of(matrices[row] if wanted.matrix else None),
            alone=alone,
            kept=kept,
            apart=leading_distinct_of(found, ensemble.own(row)),
            about=wanted.about,
        )


def rationales_for(
    ensemble: Ensemble,
    decision: Decision,
    outputs: np.ndarray,
    classes: np.ndarray,
    values: np.ndarray,
    ratio: float | None,
) -> list[Chosen]:
    """The rationale of each pair: see `rationales_of`.

    classes: int64 [pairs], the explained ones; values: float64 [segments], flat. Where nothing is decided, or another
    class than the explained one, it is a share of each side. Of a number those segments speak for its label that push
    it to the label's side.
    """
    labels, single = decision.labels(outputs), ensemble.first.subject.scorer.single
    if labels is None:
        return rationales_of(ensemble, classes, values, decision, ratio or SHARE)
    signs = np.where(labels == 0, -1.0, 1.0) if single else np.ones(len(labels))
    signed = values * np.repeat(signs, np.diff(ensemble.bounds))
    same = np.ones(len(labels), dtype=bool) if single else labels == classes
    found: dict[int, Chosen] = {}
    for rows, share in ((np.flatnonzero(same), ratio), (np.flatnonzero(~same), ratio or SHARE)):
        if len(rows):
            own = np.concatenate([signed[ensemble.own(int(row))] for row in rows])
            chosen = rationales_of(ensemble.select(rows), labels[rows], own, decision, share)
            found |= zip(rows.tolist(), chosen, strict=True)
    return [found[row] for row in range(len(labels))]
