"""Faithfulness: whether the model's probability hangs on the segments that an explanation ranks first.

Everything is by pair, so that intervals can be drawn. F(x) is the probability of the explained label by all members
together. The rationale alone keeps all tokens that touch one of its segments; the pair without it has lost them, by
deletion or under [MASK].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.stats import kendalltau

from yiju.base.types import Removal
from yiju.explain.ensemble import Ensemble, Sets
from yiju.explain.rationales.layout import Layout
from yiju.explain.rationales.selection import keep_count
from yiju.models.removal import Operator, changes_of

SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)


def faithfulness(
    ensemble: Ensemble,
    layout: Layout,
    labels: np.ndarray,
    scores: np.ndarray,
    rationale: np.ndarray,
    removal: Removal,
) -> dict[str, np.ndarray]:
    """What is left of F without the rationale, and with nothing else; float64 [pairs] each, by name.

    sufficiency: F(x) - F(rationale), lower is better; comprehensiveness: F(x) - F(x without it), higher is better;
    aopc_*: mean of either over the best 1, 5, 10, 20 and 50 % (ERASER, DeYoung 2020), ceil(share * n) of the n
    segments of each side that were read, so one at least, as rationales are ranked and chosen side by side here; new_p:
    1 where the rationale alone keeps the likelier label and the pair without it does not, else 0.

    labels: int [pairs]; scores: [segments]; rationale: bool [segments], what was selected by them.
    """
    top = np.stack([rationale, *(best_of_sides(layout, scores, share) for share in SHARES)])
    whole = chances(ensemble, labels, np.zeros_like(top[:1]), removal)[0]
    return _figures(whole, chances_alone(ensemble, labels, top, removal), chances(ensemble, labels, top, removal))


def leave_one_out(ensemble: Ensemble, labels: np.ndarray, removal: Removal) -> np.ndarray:
    """F(x) - F(x without the segment) of every segment, float64 [segments]."""
    differences = np.zeros(ensemble.bounds[-1])

    def sets() -> Iterator[Sets]:
        for row in ensemble.longest_first():
            count = ensemble.first.shares[row].shape[1]
            yield row, np.concatenate([np.zeros((1, count), dtype=bool), np.eye(count, dtype=bool)])

    for row, _, logits in ensemble.without(sets(), removal):
        judged = ensemble.figure(logits.mean(axis=0), int(labels[row]))
        differences[ensemble.own(row)] = judged[0] - judged[1:]
    return differences


def leave_one_out_tau(layout: Layout, scores: np.ndarray, differences: np.ndarray) -> np.ndarray:
    """Kendall's tau-b of scores and leave-one-out differences over the segments of a pair that were read: [pairs].

    Not a number where the differences rank nothing (fewer than two segments, or all equal): no method could agree with
    them. Scores that rank nothing where the differences do agree with nothing: 0.
    """
    values = np.full(len(layout), np.nan)
    for pair, (start, stop) in enumerate(zip(layout.starts[:-1], layout.starts[1:], strict=True)):
        read = ~np.isnan(scores[start:stop])
        own, wanted = scores[start:stop][read], differences[start:stop][read]
        if len(own) > 1 and np.ptp(wanted) > 0:
            values[pair] = kendalltau(own, wanted).statistic if np.ptp(own) > 0 else 0.0
    return values


def chances(ensemble: Ensemble, labels: np.ndarray, removed: np.ndarray, removal: Operator) -> np.ndarray:
    """p(label) of every pair without a choice of segments: float64 [choices, pairs]; of several draws the mean.

    removed: bool [choices, segments].
    """
    judged = (ensemble.without(_sets(ensemble, removed), change) for change in changes_of(removal))
    return np.mean([_chances(ensemble, labels, len(removed), one) for one in judged], axis=0)


def chances_alone(ensemble: Ensemble, labels: np.ndarray, left: np.ndarray, removal: Operator) -> np.ndarray:
    """p(label) of nothing but a choice of segments: float64 [choices, pairs]; of several draws the mean.

    left: bool [choices, segments].
    """
    judged = (ensemble.alone(_sets(ensemble, left), change) for change in changes_of(removal))
    return np.mean([_chances(ensemble, labels, len(left), one) for one in judged], axis=0)


def outputs_alone(ensemble: Ensemble, left: np.ndarray, removal: Operator) -> np.ndarray:
    """Outputs of nothing but a choice of segments, float64 [pairs, classes]; of several draws the mean.

    left: bool [segments].
    """
    found = np.zeros((len(ensemble), len(ensemble.first.subject.scorer.classes)))
    changes = changes_of(removal)
    for change in changes:
        for row, _, outputs in ensemble.alone(_sets(ensemble, left[None]), change):
            found[row] += outputs.mean(axis=0)[0] / len(changes)
    return found


def _sets(ensemble: Ensemble, choices: np.ndarray) -> Iterator[Sets]:
    return ((row, choices[:, ensemble.own(row)]) for row in ensemble.longest_first())


def _chances(
    ensemble: Ensemble, labels: np.ndarray, count: int, judged: Iterator[tuple[int, np.ndarray, np.ndarray]]
) -> np.ndarray:
    found = np.empty((count, len(ensemble)))
    for row, _, logits in judged:
        found[:, row] = ensemble.figure(logits.mean(axis=0), int(labels[row]))
    return found


def _figures(whole: np.ndarray, alone: np.ndarray, without: np.ndarray) -> dict[str, np.ndarray]:
    """whole: [pairs]; alone, without: [1 + shares, pairs], the rationale's before those of the shares."""
    same = (alone[0] > 0.5) == (whole > 0.5)
    turned = (without[0] > 0.5) != (whole > 0.5)
    return {
        "sufficiency": whole - alone[0],
        "comprehensiveness": whole - without[0],
        "aopc_sufficiency": (whole - alone[1:]).mean(axis=0),
        "aopc_comprehensiveness": (whole - without[1:]).mean(axis=0),
        "new_p": (same & turned).astype(np.float64),
    }


def best_of_sides(layout: Layout, scores: Sequence[float] | np.ndarray, share: float) -> np.ndarray:
    """The best-scored share of each side's segments that have a score, bool [segments]: those that were read."""
    values = np.asarray(scores, dtype=np.float64)
    known = np.bincount(layout.sides[~np.isnan(values)], minlength=2 * len(layout))
    counts, which = np.unique(known, return_inverse=True)
    kept = np.array([keep_count(int(count), share) for count in counts], dtype=np.int64)[which]
    return layout.places(values) < kept[layout.sides]
