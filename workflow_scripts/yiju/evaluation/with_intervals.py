"""Flat figures with their intervals, as metrics.json holds them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from yiju.base.share_intervals import difference_interval, share_interval
from yiju.evaluation.metrics.bootstrap import Statistic, interval, statistic_intervals
from yiju.evaluation.metrics.classification import f1_interval

Metrics = dict[str, float | int | None]


def with_interval(
    key: str, values: np.ndarray, groups: Sequence[Hashable], settings: dict, signed: bool = False
) -> Metrics:
    """Mean of the values under `key`, and its 95 % interval by group (see `interval`); settings: bootstrap and seed.

    signed: values may be negative. The ends are None where there is no interval.
    """
    return _figures(key, interval(values, groups, settings["bootstrap"], settings["seed"], signed=signed))


def with_statistics(statistics: Mapping[str, Statistic], groups: Sequence[Hashable], settings: dict) -> Metrics:
    """Statistics of rows under their names, None where not defined, and their 95 % intervals by group where they can be
    drawn (see `statistic_intervals`); settings: bootstrap and seed."""
    metrics: Metrics = {}
    found = statistic_intervals(statistics, groups, settings["bootstrap"], settings["seed"])
    for key, (value, low, high) in found.items():
        if low is None or high is None:
            metrics[key] = None if np.isnan(value) else round(value, 6)
        else:
            metrics |= _figures(key, (value, low, high))
    return metrics


def with_f1(key: str, said: np.ndarray, labels: np.ndarray, groups: Sequence[Hashable]) -> Metrics:
    """F1 of label 1 under `key`, and its 95 % interval by group (see `f1_interval`); None where it is not defined."""
    found = f1_interval(said, labels, groups)
    return _figures(key, found) if found else {key: None}


def with_share(key: str, hits: np.ndarray, groups: Sequence[Hashable]) -> Metrics:
    """Share of the hits (bool [n]) under `key`, and its 95 % interval by group (Wilson, see `share_interval`)."""
    return _figures(key, share_interval(hits.astype(np.float64), groups))


def with_difference(key: str, hits: np.ndarray, others: np.ndarray, groups: Sequence[Hashable]) -> Metrics:
    """How much more often one judge is right than another, bool [n] each, and its 95 % interval for matched pairs."""
    return _figures(key, difference_interval(hits.astype(np.float64) - others, groups))


def _figures(key: str, found: tuple[float, float, float]) -> Metrics:
    mean, *ends = found
    low, high = (None if np.isnan(end) else round(end, 6) for end in ends)
    return {key: round(mean, 6), f"{key}.low": low, f"{key}.high": high}
