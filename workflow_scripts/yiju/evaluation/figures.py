"""Flat figures with their intervals, as metrics.json holds them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from yiju.metrics.bootstrap import interval

Metrics = dict[str, float | int]


def with_interval(key: str, values: np.ndarray, groups: Sequence[Hashable], settings: dict) -> Metrics:
    """Mean of the values under `key`, and its 95 % interval by group; settings: bootstrap and seed."""
    mean, low, high = interval(values, groups, settings["bootstrap"], settings["seed"])
    return {key: round(mean, 6), f"{key}.low": round(low, 6), f"{key}.high": round(high, 6)}
