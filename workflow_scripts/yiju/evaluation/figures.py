"""Flat figures with their intervals, as metrics.json holds them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from yiju.metrics.bootstrap import interval
from yiju.metrics.shares import difference_interval, share_interval

Metrics = dict[str, float | int | None]


def with_interval(
    key: str, values: np.ndarray, groups: Sequence[Hashable], settings: dict, signed: bool = False
) -> Metrics:
    """Mean of the values under `key`, and its 95 % bootstrap interval by group; settings: bootstrap and seed.

    signed: values lie within [-1, 1], else within [0, 1].
    """
    return _figures(key, interval(values, groups, settings["bootstrap"], settings["seed"], signed=signed))


def with_share(key: str, hits: np.ndarray, groups: Sequence[Hashable]) -> Metrics:
    """Share of the hits (bool [n]) under `key`, and its 95 % interval by group (Wilson, see `share_interval`)."""
    return _figures(key, share_interval(hits.astype(np.float64), groups))


def with_difference(key: str, hits: np.ndarray, others: np.ndarray, groups: Sequence[Hashable]) -> Metrics:
    """How much more often one judge is right than another, bool [n] each, and its 95 % interval for matched pairs."""
    return _figures(key, difference_interval(hits.astype(np.float64) - others, groups))


def _figures(key: str, found: tuple[float, float, float]) -> Metrics:
    mean, low, high = found
    return {key: round(mean, 6), f"{key}.low": round(low, 6), f"{key}.high": round(high, 6)}
