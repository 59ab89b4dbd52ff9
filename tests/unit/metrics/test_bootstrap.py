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
    # Five groups of three ones, one of a single zero: the zero weighs a third of what it would by itself.
    groups = [name for name in "abcde" for _ in range(3)] + ["f"]
    mean, low, high = interval([1] * 15 + [0], groups=groups)
    assert mean == 15 / 16
    # Drawn twice of six (that is at one in fifteen), the zero leaves 12 of 14.
    assert (low, high) == (pytest.approx(9 / 12, abs=0.15), 1.0)


def test_seeded(monkeypatch):
    values = np.random.default_rng(1).random(50)
    assert interval(values) == interval(values.tolist())
    assert interval(values) != interval(values, seed=1)
    one_block = interval(values)
    monkeypatch.setattr(bootstrap, "DRAWS", 200)
    assert interval(values) == one_block


@pytest.mark.parametrize("values", [[0.5], [1.0, 1.0], [1.0] * 9, [0.0] * 60, [0.25] * 7, [0.9, 0.91]])
@pytest.mark.parametrize("signed", [False, True])
def test_what_does_not_vary_is_not_therefore_certain(values, signed):
    mean, low, high = interval(values, signed=signed)
    assert mean == pytest.approx(np.mean(values))
    assert -1 <= low <= mean <= high <= 1
    assert high - low > 1 / (2 * len(values))


def test_one_pair_many_times_tells_no_more_than_once():
    once, often = interval([1.0]), interval([1.0] * 500, groups=["pair"] * 500)
    assert often == pytest.approx(once)


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="list of values"):
        interval([])
    with pytest.raises(ValueError, match="2 values, but 1 groups"):
        interval([1.0, 2.0], groups=["a"])
