"""A model before a suite of minimal pairs: how it judges them, and what its failures rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import logsumexp

from yiju.base.errors import YijuError
from yiju.models.given_pairs import Pair

if TYPE_CHECKING:
    from yiju.app.explainer import Explainer
    from yiju.evaluation.behaviour import Judge

# Failures of a category that are explained on a page.
EXPLAINED = 5


def judge_of(explainer: Explainer, name: str, similar: str | None) -> Judge:
    """What asks a model which pairs are similar, in batches sorted by length.

    name: what messages call the model; similar: of a model of more than two classes, the class that means similar.
    Raises YijuError for a model that decides nothing, and for one whose classes nobody said the meaning of.
    """
    decision = explainer.decision
    if not decision.decides:
        raise YijuError(
            f"{name}: this model gives one number a pair and decides nothing by itself, so no judgement can turn; "
            "calibrate it on labelled pairs (yiju calibrate MODEL PAIRS), or give --margin, the number above which a "
            "pair is similar"
        )
    known = ", ".join(decision.classes)
    if len(decision.classes) > 2 and similar is None:
        raise YijuError(f"{name}: this model tells {known} apart; say with --similar which of them means similar")
    if similar is not None and similar not in decision.classes:
        raise YijuError(f"{name}: no class {similar!r}; the model has {known}; correct --similar")
    meant = 1 if similar is None else decision.classes.index(similar)

    def judge(pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
        outputs, _ = explainer.outputs(pairs)
        labels = decision.labels(outputs)
        assert labels is not None
        return labels == meant, _scores(outputs, meant)

    return judge


def _scores(outputs: np.ndarray, meant: int) -> np.ndarray:
    """How similar pairs are: the log odds of the class that means it; of a model of one number, that number."""
    others = np.delete(outputs, meant, axis=1)
    return outputs[:, meant] - logsumexp(others, axis=1)


def explained(explainer: Explainer, failures: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, str]]:
    """Number of a failure, and as a piece of a page what the judgement rests on: of the first of each category."""
    counts: dict[str, int] = {}
    chosen = []
    for number, one in enumerate(failures):
        counts[one["category"]] = counts.get(one["category"], 0) + 1
        if counts[one["category"]] <= EXPLAINED:
            chosen.append(number)
    found = explainer.stream((failures[number]["q"], failures[number]["t"]) for number in chosen)
    yield from ((number, one.to_html()) for number, one in zip(chosen, found, strict=True))
