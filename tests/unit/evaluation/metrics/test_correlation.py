"""Correlations with grades are scipy's, and those of weighted rows those of repeated ones."""

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from yiju.evaluation.metrics.correlation import pearson, spearman

RANDOM = np.random.default_rng(0)
NUMBERS = RANDOM.normal(size=40)
GRADES = np.round(NUMBERS + RANDOM.normal(size=40)) / 2


def test_they_are_scipys():
    whole = np.ones((1, 40))
    assert pearson(NUMBERS, GRADES)(whole) == pytest.approx([pearsonr(NUMBERS, GRADES).statistic])
    assert spearman(NUMBERS, GRADES)(whole) == pytest.approx([spearmanr(NUMBERS, GRADES).statistic])


def test_a_weight_is_a_row_that_is_there_so_often():
    weights = RANDOM.integers(0, 4, (3, 40)).astype(float)
    wanted = [
        pearsonr(*(np.repeat(values, row.astype(int)) for values in (NUMBERS, GRADES))).statistic for row in weights
    ]
    assert pearson(NUMBERS, GRADES)(weights) == pytest.approx(wanted)


def test_of_equal_numbers_there_is_none():
    assert np.isnan(pearson(np.ones(4), np.arange(4.0))(np.ones((2, 4)))).all()
