"""Shares of token scores: known answers, nothing lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.explain.segments import shares


def share_scores(tokens, scores, segments):
    """What segments have of token scores."""
    return np.asarray(scores, dtype=float) @ shares(tokens, segments)


def test_known_shares():
    # Tokens ab | c | de over segments a | bcd | (gap) | e.
    scores = share_scores([(0, 2), (2, 3), (3, 5)], np.array([4.0, 1.0, 6.0]), [(0, 1), (1, 4), (4, 5)])
    assert scores.tolist() == [2.0, 2.0 + 1.0 + 3.0, 3.0]


def test_shares_are_equal_however_much_is_covered():
    assert share_scores([(0, 10)], np.array([9.0]), [(0, 8), (8, 9), (9, 10)]).tolist() == [3.0, 3.0, 3.0]


def test_tokens_that_touch_nothing_give_to_nobody():
    scores = share_scores([(0, 0), (2, 3), (1, 1)], np.array([5.0, 7.0, 9.0]), [(0, 2), (3, 4)])
    assert scores.tolist() == [0.0, 0.0]


def test_empty_sides():
    assert share_scores([], np.array([]), [(0, 1)]).tolist() == [0.0]
    assert share_scores([(0, 1)], np.array([1.0]), []).shape == (0,)


def cuts(length):
    """Consecutive spans over 0..length."""
    return st.sets(st.integers(1, length - 1)).map(
        lambda inner: list(zip([0, *sorted(inner)], [*sorted(inner), length], strict=True))
    )


@given(st.data())
def test_lossless_and_equal_to_the_loop(data):
    length = data.draw(st.integers(2, 20))
    tokens, segments = data.draw(cuts(length)), data.draw(cuts(length))
    if data.draw(st.booleans()):
        segments = segments[1:]
    scores = data.draw(st.lists(st.integers(-9, 9), min_size=len(tokens), max_size=len(tokens)))
    expected = np.zeros(len(segments))
    given_away = 0.0
    for (start, end), score in zip(tokens, scores, strict=True):
        touched = [i for i, (first, last) in enumerate(segments) if start < last and first < end]
        for i in touched:
            expected[i] += score / len(touched)
        given_away += score if touched else 0
    shared = share_scores(tokens, np.array(scores, dtype=float), segments)
    np.testing.assert_allclose(shared, expected, atol=1e-12)
    assert shared.sum() == pytest.approx(given_away)
