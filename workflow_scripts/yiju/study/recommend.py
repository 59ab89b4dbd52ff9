"""Which method a study recommends, and why."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import polars as pl
from scipy.stats import rankdata

from yiju.metrics.bootstrap import interval

# What decides: whether more is better (1) or less (-1).
CRITERIA = {"aopc_comprehensiveness.mask": 1, "aopc_sufficiency.mask": -1}
# A method whose scores for random weights correlate so with the true ones tells of the input, not of the model.
FAILS = 0.5
CHANCE = "trivial_random"


def recommend(values: pl.DataFrame, seconds: Mapping[str, float], groups: Sequence[Hashable], settings: dict) -> dict:
    """The method that explains most faithfully, or the cheapest of those that cannot be told from it.

    Methods whose mean correlation under randomisation is 0.5 or more are out. The others are ranked by AOPC
    comprehensiveness and by AOPC sufficiency, both by mask; the best mean rank leads, of equal ones the cheapest. Those
    whose deficit to it has an interval that reaches 0, in both figures, cannot be told from it.

    values: STUDIED, mean over members, of methods and trivial rules; seconds: of a pair by each method; groups: of the
    items; settings: bootstrap, seed. Returns method (None if all are out), reason, ranks of those that are in, and
    randomised, the correlations of those that are out.
    """
    correlations = {name: values.filter(method=name, metric="randomisation")["value"].mean() for name in seconds}
    out = {name: round(value, 6) for name, value in correlations.items() if value is not None and value >= FAILS}
    inside = [name for name in seconds if name not in out]
    if not inside:
        return {"method": None, "reason": "no method passes the randomisation check", "ranks": {}, "randomised": out}
    found = {name: _signed(values, name) for name in [*inside, CHANCE]}
    ranks = _mean_ranks({name: found[name] for name in inside})
    leader = min(inside, key=lambda name: (ranks[name], seconds[name]))
    tied = [name for name in inside if all(low <= 0 for low in _lead(found[leader], found[name], groups, settings))]
    method = min(tied, key=lambda name: (seconds[name], ranks[name]))
    reason = _reason(method, leader, ranks, seconds)
    if not all(low > 0 for low in _lead(found[method], found[CHANCE], groups, settings)):
        reason += "; not shown to be more faithful than a random ranking, so trust no explanation here"
    return {"method": method, "reason": reason, "ranks": ranks, "randomised": out}


def _signed(values: pl.DataFrame, method: str) -> np.ndarray:
    """The figures that decide, the higher the better: float64 [criteria, items]."""
    own = values.filter(method=method)
    return np.stack([sign * own.filter(metric=metric)["value"].to_numpy() for metric, sign in CRITERIA.items()])


def _mean_ranks(found: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Mean over the criteria of each method's rank by its mean, 1 the best, equal ones at their mean rank."""
    ranks = rankdata([-figures.mean(axis=1) for figures in found.values()], axis=0).mean(axis=1)
    return dict(zip(found, ranks.tolist(), strict=True))


def _lead(first: np.ndarray, second: np.ndarray, groups: Sequence[Hashable], settings: dict) -> list[float]:
    """By criterion, the low end of the interval of how much better the first one is, item by item."""
    return [interval(one, groups, settings["bootstrap"], settings["seed"], signed=True)[1] for one in first - second]


def _reason(method: str, leader: str, ranks: Mapping[str, float], seconds: Mapping[str, float]) -> str:
    best = f"best mean rank ({ranks[leader]:g} of {len(ranks)}) by AOPC comprehensiveness and sufficiency (mask)"
    if method == leader:
        return f"{method}: {best}"
    cheaper = f"{seconds[method]:g} instead of {seconds[leader]:g} seconds a pair"
    return f"{method}: not to be told from {leader}, of the {best}, and cheaper: {cheaper}"
