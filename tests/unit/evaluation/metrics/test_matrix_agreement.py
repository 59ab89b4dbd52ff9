"""Whether the figures of an approximate matrix tell one that agrees with the exact one from one that does not."""

import numpy as np
import pytest

from yiju.evaluation.metrics.matrix_agreement import agreement_with_exact

EXACT = np.array([[0.5, -0.1, 0.2], [0.0, -0.9, 0.3]])


@pytest.mark.parametrize(
    ("matrix", "same", "correlation"),
    [
        (EXACT, 1, 1),
        (3 * EXACT + 0.01, 1, 1),
        (-EXACT, 0, -1),
        # The strongest cell is 0.9 here and -0.9 in the exact one.
        (np.abs(EXACT), 0, 1 - 6 * (1 + 0 + 1 + 4 + 25 + 1) / 210),
        (np.zeros((2, 3)), 0, 0),
    ],
)
def test_sign_and_order_of_the_cells_are_held_against_the_exact_ones(matrix, same, correlation):
    found = agreement_with_exact([matrix], [EXACT])
    assert found["same_sign"].tolist() == [same]
    assert found["rank_correlation"] == pytest.approx([correlation])


def test_only_cells_that_both_know_count_and_a_pair_without_any_has_no_figure():
    cut, read = EXACT.copy(), -EXACT
    cut[1], read[0] = np.nan, EXACT[0]
    found = agreement_with_exact([read, np.full((1, 1), np.nan)], [cut, np.ones((1, 1))])
    np.testing.assert_array_equal(found["same_sign"], [1, np.nan])
    np.testing.assert_array_equal(found["rank_correlation"], [1, np.nan])
    assert {name: len(own) for name, own in agreement_with_exact([], []).items()} == {
        "same_sign": 0,
        "rank_correlation": 0,
    }
