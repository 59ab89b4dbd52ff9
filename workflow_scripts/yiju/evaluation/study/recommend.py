"""Which method a study recommends, and why; or why it recommends none."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import cast

import numpy as np
import polars as pl
from scipy.stats import rankdata, ttest_1samp

from yiju.evaluation.metrics.bootstrap import interval
from yiju.evaluation.metrics.names import OPERATORS, REMOVALS

# What decides, by which operators, for the pairs of both labels. Where all but the rationale is replaced, nearly all of
# both sentences is text drawn at random: the two are not similar, whichever segments are left.
CRITERIA = {"one_sided.beyond_random": OPERATORS, "alone.beyond_random": REMOVALS}
LABELS = {1: "similar", 0: "not similar"}
WORDS = {
    "one_sided.beyond_random": "removal from one sentence",
    "alone.beyond_random": "nothing else left",
    "delete": "by deletion",
    "mask": "by [MASK]",
    "replace": "by replacement",
}
# A method whose scores for random weights correlate so much more with the true ones than random scores do explains the
# input and not the model.
FAILS = 0.5
RANDOMISATION = ("randomisation", "randomisation.chance")
LEVEL = 0.05
# Figure, operator and label.
Cell = tuple[str, str, int]


def recommend(
    values: pl.DataFrame,
    labels: np.ndarray,
    methods: Sequence[str],
    groups: Sequence[Hashable],
    settings: dict,
    names: Mapping[int, str] = LABELS,
) -> dict:
    """The method whose rationales hold for all labels by every operator and that no other one beats anywhere.

    Methods whose absolute correlation under randomisation is shown to be 0.5 or more above that of random scores (95 %
    interval of the difference) are out. A method holds where removal from one sentence at a time, by deletion, [MASK]
    and replacement, and nothing but the rationale left, by deletion and [MASK], show more than random segments do, for
    pairs judged similar and for others (95 % intervals above 0), as far as there are such pairs. Of those that hold
    everywhere the best mean rank over these figures leads. Where another one of them is better in any figure (paired
    t-test over distinct pairs, corrected for all comparisons after Holm), operators or labels disagree, and none is
    recommended. How long a method takes decides nothing.

    values: STUDIED of methods; labels: int [items], explained; groups: of the items; settings: bootstrap, seed; names:
    what the labels are called, "" of a model that decides nothing. Only operators count that were measured. Returns
    method (or None), reason, ranks of those that hold everywhere, fails (by method where it does not hold), and
    randomised, the correlations of those that are out.
    """
    out = _unmoved(values, methods, groups, settings)
    found, inside = _by_cell(values, labels, methods, OPERATORS, names), _inside(labels, groups, names)
    fails = _fails(found, inside, settings)
    told = {name: [_told(cell, names) for cell in own] for name, own in fails.items()}
    facts = {"fails": told, "randomised": out}
    holding = [name for name in methods if name not in out and not fails[name]]
    if not holding:
        reason = f"no method's rationales are shown to hold {_asked(labels, names)}: rely on none here"
        return {"method": None, "reason": reason, "ranks": {}, **facts}
    ranks = _mean_ranks({name: found[name] for name in holding})
    leader = min(holding, key=lambda name: ranks[name])
    better = _better(leader, {name: found[name] for name in holding}, inside)
    if better:
        other, cell = better[0]
        reason = (
            f"{leader} has the best mean rank, but {other} is better for {_told(cell, names)}: no one method is best"
        )
        return {"method": None, "reason": reason, "ranks": ranks, **facts}
    reason = (
        f"{leader}: best mean rank ({ranks[leader]:g} of {len(ranks)}) of the methods that hold "
        f"{_asked(labels, names)}, and none of them is better anywhere"
    )
    return {"method": leader, "reason": reason, "ranks": ranks, **facts}


def ranking(
    values: pl.DataFrame, labels: np.ndarray, methods: Sequence[str], groups: Sequence[Hashable], settings: dict
) -> list[str]:
    """All methods: those that fail in fewer figures by deletion and by [MASK] first, then by mean rank."""
    found = _by_cell(values, labels, methods, REMOVALS)
    fails, ranks = _fails(found, _inside(labels, groups), settings), _mean_ranks(found)
    return sorted(methods, key=lambda name: (len(fails[name]), ranks[name]))


def _unmoved(
    values: pl.DataFrame, methods: Sequence[str], groups: Sequence[Hashable], settings: dict
) -> dict[str, float]:
    """The methods whose scores random weights do not change, each with the mean of its correlations."""
    out = {}
    for name in methods:
        after, chance = (values.filter(method=name, metric=one)["value"] for one in RANDOMISATION)
        beyond = (after - chance).to_numpy()
        known = ~np.isnan(beyond)
        inside = [groups[row] for row in np.flatnonzero(known).tolist()]
        if inside and interval(beyond[known], inside, settings["bootstrap"], settings["seed"], signed=True)[1] >= FAILS:
            out[name] = round(cast(float, after.mean()), 6)
    return out


def _by_cell(
    values: pl.DataFrame,
    labels: np.ndarray,
    methods: Sequence[str],
    operators: Sequence[str],
    names: Mapping[int, str] = LABELS,
) -> dict[str, dict[Cell, np.ndarray]]:
    there = set(values["metric"])
    asked = [
        (metric, operator)
        for metric, own in CRITERIA.items()
        for operator in own
        if operator in operators and f"{metric}.{operator}" in there
    ]
    cells = [(*one, label) for one in asked for label in names if (labels == label).any()]
    return {name: {cell: _values(values, name, cell, labels) for cell in cells} for name in methods}


def _inside(
    labels: np.ndarray, groups: Sequence[Hashable], names: Mapping[int, str] = LABELS
) -> dict[int, list[Hashable]]:
    return {label: [one for one, own in zip(groups, labels == label, strict=True) if own] for label in names}


def _fails(
    found: Mapping[str, Mapping[Cell, np.ndarray]], inside: Mapping[int, Sequence[Hashable]], settings: dict
) -> dict[str, list[Cell]]:
    """The figures of each method whose intervals are not above 0."""
    return {
        name: [cell for cell, values in own.items() if not _holds(values, inside[cell[2]], settings)]
        for name, own in found.items()
    }


def holm(chances: Sequence[float]) -> list[bool]:
    """Which of several hypotheses are rejected together at 5 % (Holm 1979), by their p-values."""
    order, rejected = np.argsort(chances, kind="stable"), [False] * len(chances)
    for place, number in enumerate(order.tolist()):
        if not chances[number] <= LEVEL / (len(chances) - place):
            break
        rejected[number] = True
    return rejected


def _values(values: pl.DataFrame, method: str, cell: Cell, labels: np.ndarray) -> np.ndarray:
    metric, removal, label = cell
    own = values.filter(method=method, metric=f"{metric}.{removal}")["value"].to_numpy()
    return own[labels == label]


def _holds(values: np.ndarray, groups: Sequence[Hashable], settings: dict) -> bool:
    return interval(values, groups, settings["bootstrap"], settings["seed"], signed=True)[1] > 0


def _mean_ranks(found: Mapping[str, Mapping[Cell, np.ndarray]]) -> dict[str, float]:
    """Mean over the figures of each method's rank by its mean, 1 the best, equal ones at their mean rank."""
    means = [[-values.mean() for values in own.values()] for own in found.values()]
    return dict(zip(found, rankdata(means, axis=0).mean(axis=1).tolist(), strict=True))


def _better(
    leader: str, found: Mapping[str, Mapping[Cell, np.ndarray]], groups: Mapping[int, Sequence[Hashable]]
) -> list[tuple[str, Cell]]:
    """Methods and figures in which one of them is better than the leader beyond chance."""
    compared = [(name, cell) for name in found if name != leader for cell in found[name]]
    chances = [_chance(_by_group(found[name][cell] - found[leader][cell], groups[cell[2]])) for name, cell in compared]
    return [one for one, rejected in zip(compared, holm(chances), strict=True) if rejected]


def _chance(differences: np.ndarray) -> float:
    """The p-value of a mean above 0."""
    if len(differences) < 2 or not np.ptp(differences):
        return 1.0
    return float(ttest_1samp(differences, 0.0, alternative="greater").pvalue)


def _by_group(values: np.ndarray, groups: Sequence[Hashable]) -> np.ndarray:
    """The mean of each distinct pair."""
    numbers: dict[Hashable, int] = {}
    places = np.array([numbers.setdefault(group, len(numbers)) for group in groups], dtype=np.int64)
    return np.bincount(places, weights=values) / np.bincount(places)


def _asked(labels: np.ndarray, names: Mapping[int, str]) -> str:
    """What a method has to hold for; nothing is known of a label that no pair has."""
    there = [name for label, name in names.items() if (labels == label).any()]
    missing = [name for name in names.values() if name not in there]
    if not any(names.values()):
        return "for all pairs by every operator"
    if not missing:
        return f"for {'both' if len(names) == 2 else 'all'} labels by every operator"
    return f"by every operator for pairs judged {', '.join(there)} (no pair is judged {', '.join(missing)})"


def _told(cell: Cell, names: Mapping[int, str]) -> str:
    metric, removal, label = cell
    return f"{WORDS[metric]} {WORDS[removal]}, {f'pairs judged {names[label]}' if names[label] else 'all pairs'}"
