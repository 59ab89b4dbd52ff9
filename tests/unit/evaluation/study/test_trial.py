"""What the study takes of a matrix and of a ranking: cells that are certain, and scores that fall as ranks do."""

from types import SimpleNamespace

import numpy as np

from yiju.evaluation.study.measure_matrix import certain
from yiju.evaluation.study.trial import falling
from yiju.explain.compute import Interplay
from yiju.explain.rationales.layout import Layout


def test_cells_whose_sign_samples_leave_open_are_not_taken():
    values, error = np.array([[0.5, -0.5, 0.1]]), np.array([[0.2, 0.3, 0.0]])
    found = certain(Interplay(values, "shapley", error, 100))
    np.testing.assert_array_equal(found, [[0.5, np.nan, 0.1]])
    np.testing.assert_array_equal(certain(Interplay(values, "occlusion")), values)


def test_a_ranking_without_scores_gets_scores_that_rank_alike_and_compare_over_both_sides():
    layout = Layout(np.array([[4, 2], [0, 1]]))
    # The last segment of the first pair was not read.
    read = [np.array([True, True, True, True, True, False]), np.array([True])]
    trial = SimpleNamespace(layout=layout, ensemble=SimpleNamespace(read=read.__getitem__))
    found = falling(trial, [([2, 0, 3, 1], [1, 0]), ([], [0])])
    np.testing.assert_array_equal(found, [0.75, 0.25, 1.0, 0.5, 0.5, np.nan, 1.0])
