"""Ranking and the number of segments kept."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.explain.rationales.selection import keep_count, rank, select


def test_best_first_and_ties_by_position():
    assert select([0.1, 0.5, 0.5, 0.9], value=1.0) == [3, 1, 2, 0]


def test_the_published_share():
    assert len(select(np.arange(9.0))) == 7
    assert select([2.0, 1.0, 3.0]) == [2, 0, 1]
    assert select([]) == []


@pytest.mark.parametrize(("count", "ratio", "kept"), [(200, 0.705, 141), (100, 0.07, 7), (1, 0.01, 1), (5, 0.0, 0)])
def test_the_share_is_exact(count, ratio, kept):
    assert keep_count(count, ratio) == kept


@given(st.integers(0, 3000))
def test_the_share_is_the_least_that_is_enough(count):
    kept = keep_count(count, 0.705)
    assert kept * 1000 >= 705 * count > (kept - 1) * 1000 or kept == count == 0


@given(st.lists(st.floats(allow_nan=False), max_size=30))
def test_rank_is_a_stable_order(scores):
    assert rank(scores) == sorted(range(len(scores)), key=lambda index: (-scores[index], index))


SCORES = [0.5, -1.0, 4.0, 0.0, 3.0, 0.5]


@pytest.mark.parametrize(
    ("by", "value", "chosen"),
    [
        ("count", 2, [2, 4]),
        ("count", 9, [2, 4, 0, 5]),
        ("share", 0.5, [2, 4, 0]),
        ("share", 1.0, [2, 4, 0, 5]),
        ("ratio", 1.0, [2, 4, 0, 5, 3, 1]),
        ("threshold", 0.75, [2, 4]),
        ("threshold", 1.0, [2]),
        ("threshold", 0.0, [2, 4, 0, 5]),
        ("mass", 0.5, [2]),
        ("mass", 0.875, [2, 4]),
        ("mass", 0.876, [2, 4, 0]),
        ("mass", 1.0, [2, 4, 0, 5]),
    ],
)
def test_where_a_rationale_ends(by, value, chosen):
    assert select(SCORES, by, value) == chosen
    assert select([100 * score for score in SCORES], by, value) == chosen, "whatever the unit"


@pytest.mark.parametrize("by", ["share", "count", "threshold", "mass"])
def test_nothing_speaks_for_the_label(by):
    assert select([-1.0, 0.0], by, 1) == select([], by, 1) == []


def test_what_was_not_read_has_no_rank_and_counts_as_a_segment_of_the_published_share_only():
    assert rank([1.0, math.nan, 2.0, math.nan]) == [2, 0]
    assert rank([1.0, None, 2.0]) == [2, 0]
    assert select([1.0, math.nan, 2.0, math.nan], "ratio", 0.25) == [2]
    assert select([1.0, math.nan, 2.0, math.nan], "ratio", 1.0) == [2, 0]
    assert select([1.0, math.nan, 2.0, math.nan], "ratio", 0.5) == [2, 0]
    assert select([1.0, math.nan, 2.0, math.nan], "share", 0.5) == [2]
    assert select([math.nan, math.nan], "mass", 0.8) == []


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="no selection by 'guess'"):
        select([1.0], "guess", 1)
    with pytest.raises(ValueError, match="outside"):
        keep_count(3, 1.5)
