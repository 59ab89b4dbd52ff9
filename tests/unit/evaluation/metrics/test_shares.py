"""Intervals of shares: against published values, and that they cover what they promise where data are few."""

import numpy as np
import pytest

from yiju.base.share_intervals import difference_interval, effective_size, group_codes, share_interval, wilson
from yiju.evaluation.with_intervals import with_difference, with_share


@pytest.mark.parametrize(
    ("right", "count", "expected"),
    # Of Newcombe (1998), table I, method 3.
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_wilson_is_that_of_the_literature(right, count, expected):
    assert wilson(right / count, count) == pytest.approx(expected, abs=5e-5)


def test_nine_of_nine_are_not_certain():
    mean, low, high = share_interval(np.ones(9))
    assert (mean, high) == (1.0, 1.0)
    assert low == pytest.approx(0.7009, abs=5e-5)
    assert with_share("a", np.ones(9, dtype=bool), range(9)) == {"a": 1.0, "a.low": 0.700855, "a.high": 1.0}


@pytest.mark.parametrize(
    ("size", "groups", "alike"), [(9, 6, True), (60, 6, True), (60, 40, False), (200, 30, True), (30, 30, False)]
)
def test_ninety_five_of_a_hundred_intervals_hold_the_share(size, groups, alike):
    """Items of a group are all right or all wrong, or each by itself; groups of one to several items."""
    random = np.random.default_rng(7)
    share, held = 0.85, 0
    for _ in range(400):
        owner = np.sort(np.concatenate([np.arange(groups), random.integers(0, groups, max(0, size - groups))]))
        drawn = random.random(groups)[owner] if alike else random.random(len(owner))
        _, low, high = share_interval((drawn < share).astype(float), owner.tolist())
        held += low <= share <= high
    assert held >= 0.9 * 400


def test_copies_of_an_item_are_no_evidence():
    values = np.random.default_rng(1).integers(0, 2, 100).astype(float)
    alone, copied = share_interval(values), share_interval(np.repeat(values, 9), np.repeat(range(100), 9).tolist())
    assert copied == pytest.approx(alone, abs=0.002)
    assert effective_size(np.repeat(values, 9), np.repeat(range(100), 9)) == pytest.approx(100, rel=0.03)


def test_groups_whose_items_differ_are_nearly_as_good_as_single_items():
    values = np.tile([1.0, 0.0], 200)
    owners = np.arange(400) // 4
    assert effective_size(values, owners) == pytest.approx(400, rel=0.02)
    assert effective_size(np.ones(400), owners) == 100


def test_the_difference_of_two_judges_is_matched_item_by_item():
    # Bonett and Price (2012): 1 added to either kind of discordant item, 2 to their number.
    hits, others = np.array([1] * 40 + [1] * 12 + [0] * 3 + [0] * 5), np.array([1] * 40 + [0] * 12 + [1] * 3 + [0] * 5)
    mean, low, high = difference_interval((hits - others).astype(float))
    up, down = 13 / 62, 4 / 62
    reach = 1.959964 * np.sqrt((up + down - (up - down) ** 2) / 62)
    assert (mean, low, high) == pytest.approx((0.15, up - down - reach, up - down + reach))
    found = with_difference("d", hits == 1, others == 1, range(60))
    assert found["d"] == 0.15 and found["d.low"] == pytest.approx(low, abs=1e-6)


@pytest.mark.parametrize("count", [1, 2, 9, 100])
def test_judges_who_never_differ_are_not_shown_to_be_equal(count):
    mean, low, high = difference_interval(np.zeros(count))
    assert mean == 0 and -1 <= low < 0 < high <= 1
    assert high - low > 1 / count


def test_groups_are_numbered_in_order():
    assert group_codes(4, ["b", "a", "b", "c"]).tolist() == [0, 1, 0, 2]
    with pytest.raises(ValueError, match="2 values, but 1 groups"):
        group_codes(2, ["a"])
