"""Agreement against scipy and by hand."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from yiju.evaluation.metrics.agreement import chance_correlation, overlap, rank_correlation
from yiju.explain.rationales.layout import Layout


def test_the_rank_correlation_is_scipys_pair_by_pair():
    random = np.random.default_rng(1)
    layout = Layout(random.integers(1, 8, (30, 2)))
    # Rounded, so that there are ties.
    first, second = random.normal(size=(2, layout.starts[-1])).round(1)
    bounds = list(zip(layout.starts[:-1], layout.starts[1:], strict=True))
    expected = [spearmanr(first[start:stop], second[start:stop]).statistic for start, stop in bounds]
    assert rank_correlation(layout, first, second) == pytest.approx(expected)
    assert rank_correlation(layout, first, -first) == pytest.approx([-1] * 30)


def test_scores_that_rank_nothing():
    layout = Layout(np.array([[1, 1], [2, 0], [0, 1], [0, 0], [0, 2]]))
    first, second = np.array([1.0, 1.0, 2.0, 2.0, 3.0, 1.0, 2.0]), np.array([5.0, 6.0, 7.0, 7.0, 1.0, 0.0, 4.0])
    np.testing.assert_allclose(rank_correlation(layout, first, second), [0, 1, np.nan, np.nan, 1])


def test_segments_that_were_not_read_count_for_nothing():
    layout = Layout(np.array([[3, 2], [2, 1], [1, 1]]))
    nothing = np.nan
    first = np.array([3.0, 1.0, nothing, 2.0, nothing, 1.0, 2.0, nothing, 5.0, nothing])
    second = np.array([6.0, 2.0, nothing, 4.0, nothing, 9.0, 8.0, nothing, 7.0, nothing])
    # Those of the third pair that were read are one segment.
    np.testing.assert_allclose(rank_correlation(layout, first, second), [1, -1, nothing])


def test_the_overlap_counts_what_both_have_of_what_either_has():
    layout = Layout(np.array([[2, 2], [1, 0], [0, 0], [1, 1]]))
    first, second = np.array([1, 1, 0, 1, 0, 1, 0], bool), np.array([1, 0, 1, 1, 0, 0, 1], bool)
    assert overlap(layout, first, second).tolist() == [0.5, 1.0, 1.0, 0.0]


def test_what_chance_gives_is_that_of_two_random_rankings():
    """Of three segments: 1, 1/2, 1/2, 1/2, 1/2 and 1 over the six rankings, 2/3 in the mean; of two always 1."""
    layout = Layout(np.array([[2, 1]] * 400 + [[1, 1], [1, 0]]))
    scores = np.random.default_rng(1).random(layout.counts.sum())
    found = chance_correlation(layout, scores, 2)
    assert found[:400].mean() == pytest.approx(2 / 3, abs=0.02)
    assert found[400] == 1 and np.isnan(found[401])
    # More segments leave less to chance.
    long = Layout(np.array([[30, 30]] * 20))
    assert chance_correlation(long, np.random.default_rng(1).random(1200), 2).max() < 0.3
    # What was not read has no score, by chance neither.
    scores[0] = np.nan
    assert chance_correlation(layout, scores, 2)[0] == 1
