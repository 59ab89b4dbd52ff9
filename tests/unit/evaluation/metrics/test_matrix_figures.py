"""What the strongest cells of a matrix do together, beside sets that are judged one by one."""

import numpy as np
import pytest
from test_faithfulness import REMOVALS, additive

from yiju.evaluation.metrics.matrix_faithfulness import CELLS, DRAWS, _sets, matrix_figures

LABELS = np.array([1])


def judged(ensemble, sets, removal):
    """log p(1) without each set, one at a time."""
    found = []
    for one in sets:
        ((_, _, logits),) = ensemble.without([(0, one[None])], removal)
        found.append(float(ensemble.worth(logits, 1)[0, 0]))
    return found


@pytest.mark.parametrize("removal", REMOVALS)
def test_the_ends_of_the_strongest_cells_are_taken_and_random_ones_beside_them(removal):
    ensemble, *_ = additive()
    # The five highest cells join all of q with the first two of t, the five lowest all of q with all of t.
    matrix = np.array([[9.0, 8.0, -1.0], [7.0, 6.0, -2.0], [5.0, -3.0, -4.0]])
    sets = _sets(np.random.default_rng(1), ensemble, 0, matrix)
    assert len(sets) == 1 + 2 * (1 + DRAWS) * 3
    assert not sets[0].any()
    assert sets[1].tolist() == [True] * 3 + [False] * 3
    assert sets[2].tolist() == [False] * 3 + [True, True, False]
    assert (sets[3] == sets[1] | sets[2]).all()
    lowest = 1 + 3 * (1 + DRAWS)
    assert sets[lowest].tolist() == [True] * 3 + [False] * 3 and sets[lowest + 1].tolist() == [False] * 3 + [True] * 3
    # As many segments of the same sentences.
    assert {tuple(own.reshape(2, 3).sum(axis=1)) for own in sets[4:lowest:3]} == {(3, 0)}
    assert {tuple(own.reshape(2, 3).sum(axis=1)) for own in sets[5:lowest:3]} == {(0, 2)}
    figures = matrix_figures(ensemble, LABELS, [matrix], removal, 1)
    whole, *rest = judged(ensemble, sets, removal)
    joint = [whole - q - t + both for q, t, both in np.reshape(rest, (-1, 3))]
    for place, name in enumerate(("together", "instead")):
        own = joint[place * (1 + DRAWS) :][: 1 + DRAWS]
        assert figures[name] == pytest.approx([own[0] - np.mean(own[1:])], abs=1e-6)
    assert abs(figures["together"][0]) > 1e-3


def test_unknown_cells_are_never_taken_and_a_matrix_of_none_has_no_figure():
    ensemble, *_ = additive()
    matrix = np.full((3, 3), np.nan)
    assert all(np.isnan(one).all() for one in matrix_figures(ensemble, LABELS, [matrix], "delete", 1).values())
    matrix[1, 2] = 0.5
    sets = _sets(np.random.default_rng(1), ensemble, 0, matrix)
    assert CELLS > 1
    assert sets[3].tolist() == [False, True, False, False, False, True]
    assert all(np.isfinite(one).all() for one in matrix_figures(ensemble, LABELS, [matrix], "delete", 1).values())
