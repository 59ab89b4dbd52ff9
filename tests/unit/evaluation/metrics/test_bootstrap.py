"""Bootstrap intervals: seeded, grouped, of the right width, and holding what they promise."""

import numpy as np
import pytest
from scipy import stats

from yiju.evaluation.metrics import bootstrap
from yiju.evaluation.metrics.bootstrap import interval, statistic_intervals


def alone(statistic, groups, samples=1000, seed=111):
    return statistic_intervals({"": statistic}, groups, samples, seed)[""]


def test_the_width_is_that_of_the_standard_error():
    values = np.random.default_rng(1).beta(3.0, 2.0, size=2000)
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
    # The value of a group of three counts three times.
    groups = [name for name in range(30) for _ in range(3)] + list(range(30, 60))
    mean, low, high = interval([0.9] * 90 + [0.1] * 30, groups=groups)
    assert mean == pytest.approx(0.7)
    # The ratio of two sums: its error is that of their linear part, by group.
    away = np.array([3 * (0.9 - mean)] * 30 + [0.1 - mean] * 30)
    error = away.std() * np.sqrt(60) / 120
    assert (low, high) == (pytest.approx(mean - 1.96 * error, abs=0.03), pytest.approx(mean + 1.96 * error, abs=0.03))


def token_f1s(random, count):
    """Values as token F1 has them: most of them 1, the others anything; their mean is 0.95."""
    return np.where(random.random(count) < 0.9, 1.0, random.random(count))


@pytest.mark.parametrize("count", [9, 30])
def test_ninety_five_of_a_hundred_intervals_hold_a_skewed_mean(count):
    """The plain percentiles hold it in 59 (9 values) and 85 (30 values) of 100."""
    random, held = np.random.default_rng(5), 0
    for _ in range(400):
        _, low, high = interval(token_f1s(random, count), samples=300)
        held += low <= 0.95 <= high
    assert held >= 0.92 * 400


def test_ninety_five_of_a_hundred_intervals_hold_a_share_by_group():
    """Each pair comes once to three times. The plain percentiles hold the share in 64 of 100."""
    random, held = np.random.default_rng(5), 0
    for _ in range(400):
        owner = np.repeat(np.arange(20), random.integers(1, 4, 20))
        right = (random.random(20) < 0.95)[owner]
        _, low, high = interval(right, owner.tolist())
        held += low <= 0.95 <= high
    assert held >= 0.92 * 400


@pytest.mark.parametrize("signed", [False, True])
def test_few_values_of_any_size_have_students_interval(signed):
    """As the scores of a model that gives any number; values on the way from 0 to 1 alone are taken for shares."""
    values = np.random.default_rng(1).normal(7, 3, size=12)
    mean, low, high = interval(values, signed=signed)
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (mean, low, high) == pytest.approx((values.mean(), theirs.low, theirs.high))
    twice = interval(np.repeat(values, 2), np.repeat(np.arange(12), 2).tolist(), signed=signed)
    assert twice == pytest.approx((mean, low, high))
    alone = interval(values[:1], signed=signed)
    assert alone[0] == values[0] and np.isnan(alone[1:]).all()


def test_the_ends_are_those_of_scipy_but_for_few_values():
    """BCa as SciPy has it, which takes the normal percentiles; of many values Student's are nearly the same."""
    values = np.random.default_rng(3).beta(0.5, 0.1, size=400)
    _, low, high = interval(values, samples=20_000)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=20_000, method="BCa", rng=3).confidence_interval
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.03 * (high - low))


def mean_of(values):
    return lambda weights: weights @ values / weights.sum(axis=1)


def test_of_a_mean_the_interval_of_a_statistic_is_that_of_the_mean():
    random = np.random.default_rng(2)
    values, groups = random.random(80), random.integers(0, 40, 80).tolist()
    groups[:40] = range(40)
    assert alone(mean_of(values), groups) == pytest.approx(interval(values, groups))


def test_with_very_many_groups_parts_of_them_are_left_out(monkeypatch):
    values = np.random.default_rng(2).beta(0.5, 0.05, 600)
    every = alone(mean_of(values), range(600))
    monkeypatch.setattr(bootstrap, "LEFT_OUT", 600)
    assert alone(mean_of(values), range(600)) == pytest.approx(every, abs=0.1 * (every[2] - every[1]))


def median_of(values):
    """Where all values are alike, so is the statistic of every resample."""
    return lambda weights: np.array([np.median(np.repeat(values, row.astype(int))) for row in weights])


def test_where_nothing_can_be_concluded_there_is_no_interval():
    assert alone(median_of(np.ones(40)), range(40)) == (1.0, None, None)
    assert alone(mean_of(np.arange(40)), ["one", "two"] * 20) == (19.5, None, None)
    rare = np.arange(40) == 0
    found = alone(lambda weights: np.where(weights @ rare > 0, 1.0, np.nan), range(40))
    assert found == (1.0, None, None)
    nothing = alone(lambda weights: np.full(len(weights), np.nan), range(40))
    assert np.isnan(nothing[0]) and nothing[1:] == (None, None)


def test_a_statistic_may_have_few_values():
    value, low, high = alone(median_of(np.repeat([0.0, 1.0], [12, 19])), range(31))
    assert (value, low, high) == (1.0, 0.0, 1.0)


def test_seeded(monkeypatch):
    values = np.random.default_rng(1).random(50)
    assert interval(values) == interval(values.tolist())
    assert interval(values) != interval(values, seed=1)
    one_block = interval(values)
    of_statistic = alone(mean_of(values), range(50))
    monkeypatch.setattr(bootstrap, "DRAWS", 200)
    monkeypatch.setattr(bootstrap, "WEIGHTS", 200)
    assert interval(values) == one_block
    assert alone(mean_of(values), range(50)) == of_statistic


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
