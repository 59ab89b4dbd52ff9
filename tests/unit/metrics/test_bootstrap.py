"""Bootstrap intervals: seeded, grouped, of the right width."""

import numpy as np
import pytest

from yiju.metrics import bootstrap
from yiju.metrics.bootstrap import interval


def test_the_width_is_that_of_the_standard_error():
    values = np.random.default_rng(1).normal(3.0, 2.0, size=2000)
    mean, low, high = interval(values, samples=4000)
    error = values.std() / np.sqrt(len(values))
    assert mean == pytest.approx(values.mean())
    assert (low, high) == pytest.approx((mean - 1.96 * error, mean + 1.96 * error), abs=0.15 * error)


def test_copies_of_a_group_add_no_evidence():
    values = np.random.default_rng(1).random(100)
    alone = interval(values)
    copied = interval(np.repeat(values, 9), groups=[("pair", i) for i in range(100) for _ in range(9)])
    assert copied == pytest.approx(alone)
    ungrouped = interval(np.repeat(values, 9))
    assert ungrouped[2] - ungrouped[1] < 0.5 * (alone[2] - alone[1])


def test_large_groups_weigh_more():
    # One group of three ones, one of a single zero: means of two draws are 1, 3/4 and 0.
    mean, low, high = interval([1, 1, 1, 0], groups=["a", "a", "a", "b"])
    assert (mean, low, high) == (0.75, 0.0, 1.0)


def test_seeded(monkeypatch):
    values = np.random.default_rng(1).random(50)
    assert interval(values) == interval(values.tolist())
    assert interval(values) != interval(values, seed=1)
    one_block = interval(values)
    monkeypatch.setattr(bootstrap, "DRAWS", 200)
    assert interval(values) == one_block


def test_one_value_has_no_spread():
    assert interval([0.5]) == (0.5, 0.5, 0.5)


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="list of values"):
        interval([])
    with pytest.raises(ValueError, match="2 values, but 1 groups"):
        interval([1.0, 2.0], groups=["a"])
