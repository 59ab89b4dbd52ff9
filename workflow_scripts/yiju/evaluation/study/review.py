"""What a reviewer asks of a rationale beside the figures made for pairs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from yiju.evaluation.metrics.beam import alone_place, one_sided_place
from yiju.evaluation.metrics.in_distribution import learnt, unlikely
from yiju.evaluation.metrics.names import REMOVALS
from yiju.evaluation.study.trial import Trial
from yiju.explain.rationales.layout import Layout
from yiju.models.removal import Operator

# Pairs of each label whose bounds are looked for, at most.
BOUNDED = 30


def review(trial: Trial, rationale: np.ndarray, operators: Mapping[str, Operator], seed: int) -> dict[str, np.ndarray]:
    """Figures of a rationale by each operator: `<figure>.<operator>`, float64 [pairs] each.

    Those of `yiju.evaluation.metrics.in_distribution`, by the first member in the order as given; and those of
    `normalised`. rationale: bool [segments].
    """
    first, figures = trial.ensemble.first, dict[str, np.ndarray]()
    with trial.ensemble.evaluating():
        known = learnt(first, seed)
        for name, operator in operators.items():
            found = unlikely(known, first, trial.layout, rationale, operator)
            figures |= {f"{figure}.{name}": values for figure, values in found.items()}
    return figures | normalised(trial, rationale, operators, seed)


def normalised(
    trial: Trial,
    rationale: np.ndarray,
    operators: Mapping[str, Operator],
    seed: int,
    alone: Collection[str] = REMOVALS,
) -> dict[str, np.ndarray]:
    """Figures of `yiju.evaluation.metrics.beam` by each operator, `<figure>.<operator>`, float64 [pairs] each.

    Of at most 30 pairs of each label drawn at random, not a number for the others. rationale: bool [segments]; alone:
    the operators by which the rationale alone is asked about too.
    """
    layout, rows = trial.layout, _drawn(trial.labels, seed)
    inside = np.isin(layout.owners, rows)
    part = trial.ensemble.select(rows), Layout(layout.counts[rows]), trial.labels[rows], rationale[inside]
    figures: dict[str, np.ndarray] = {}
    with trial.ensemble.evaluating():
        for name, operator in operators.items():
            places = {"one_sided.normalised": one_sided_place}
            # With both sentences replaced but for a few segments p(label) is nearly the same for all sets.
            places |= {"alone.normalised": alone_place} if name in alone else {}
            for figure, place in places.items():
                values = np.full(len(layout), np.nan)
                values[rows] = place(*part, operator)
                figures[f"{figure}.{name}"] = values
    return figures


def _drawn(labels: np.ndarray, seed: int) -> np.ndarray:
    """At most 30 pairs of each label, ascending: the same ones for every method."""
    order = np.random.default_rng(seed).permutation(len(labels))
    return np.sort(np.concatenate([order[labels[order] == label][:BOUNDED] for label in np.unique(labels)]))
