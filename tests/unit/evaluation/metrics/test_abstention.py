"""The abstention curve by hand, and what must always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.evaluation.metrics.abstention import accuracy_at, accuracy_curve, aurc


def test_the_curve_by_hand():
    confidence, right = np.array([0.2, 0.9, 0.5, 0.7]), np.array([False, True, True, False])
    curve = accuracy_curve(confidence, right)
    assert curve.tolist() == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2])
    assert aurc(confidence, right) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert [accuracy_at(curve, percent) for percent in (1, 25, 26, 75, 100)] == [curve[k] for k in (0, 0, 1, 2, 3)]


def test_equal_confidences_say_nothing():
    right = np.array([True, False, False, True, False])
    assert accuracy_curve(np.ones(5), right).tolist() == pytest.approx([0.4] * 5)
    assert aurc(np.ones(5), right) == pytest.approx(0.6)


JUDGEMENTS = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=12)


@given(JUDGEMENTS, st.randoms())
def test_the_order_of_the_rows_is_no_matter_and_the_end_is_the_accuracy(judgements, chance):
    shuffled = judgements.copy()
    chance.shuffle(shuffled)
    curves = [accuracy_curve(*map(np.array, zip(*rows, strict=True))) for rows in (judgements, shuffled)]
    np.testing.assert_allclose(*curves)
    assert curves[0][-1] == pytest.approx(np.mean([right for _, right in judgements]))


@given(JUDGEMENTS)
def test_no_confidence_is_better_than_knowing_and_none_worse_than_knowing_and_inverting(judgements):
    confidence, right = map(np.array, zip(*judgements, strict=True))
    assert aurc(right.astype(float), right) <= aurc(confidence, right) + 1e-12
    assert aurc(confidence, right) <= aurc(-right.astype(float), right) + 1e-12
