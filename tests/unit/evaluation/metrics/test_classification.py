"""Statistics of judgements: against scikit-learn and by hand; their intervals where data are few."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, matthews_corrcoef, roc_auc_score

from yiju.evaluation.metrics.bootstrap import statistic_intervals
from yiju.evaluation.metrics.classification import average_precision, f1_interval, matthews, roc_auc

# Score, label, weight: few different scores, so that there are ties.
ROWS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 1), st.integers(0, 3)), min_size=2, max_size=40)
ONE = np.ones((1, 6))


def alone(statistic, groups, samples=1000, seed=111):
    return statistic_intervals({"": statistic}, groups, samples, seed)[""]


@given(ROWS)
def test_statistics_are_those_of_scikit_learn(rows):
    score, labels, weights = (np.array(column) for column in zip(*rows, strict=True))
    said, weights = (score > 4).astype(int), weights.astype(float)
    found = [one(weights[None])[0] for one in (matthews(said, labels), roc_auc(score, labels))]
    found.append(average_precision(score, labels)(weights[None])[0])
    if len(set(labels[weights > 0].tolist())) < 2:
        assert np.isnan(found).all()
        return
    theirs = [
        matthews_corrcoef(labels, said, sample_weight=weights),
        roc_auc_score(labels, score, sample_weight=weights),
        average_precision_score(labels, score, sample_weight=weights),
    ]
    assert found == pytest.approx(theirs)


def test_statistics_by_hand():
    score, labels = np.array([0.1, 0.4, 0.4, 0.6, 0.8, 0.9]), np.array([0, 0, 1, 0, 1, 1])
    # Of 9 pairs of a similar one and another: 0.4 is above 0.1 and level with 0.4, 0.8 and 0.9 are above all three.
    assert roc_auc(score, labels)(ONE)[0] == pytest.approx((1.5 + 3 + 3) / 9)
    # Recall rises at 0.9 and 0.8, of which all are similar, and at 0.4, of which three of five are.
    assert average_precision(score, labels)(ONE)[0] == pytest.approx((1 + 1 + 3 / 5) / 3)
    said = np.array([0, 0, 0, 1, 1, 1])
    # 2 and 2 right, 1 and 1 wrong.
    assert matthews(said, labels)(ONE)[0] == pytest.approx((2 * 2 - 1 * 1) / 9)
    assert f1_interval(said, labels, range(6))[0] == pytest.approx(2 / 3)


@given(ROWS)
def test_f1_is_that_of_scikit_learn_within_its_interval(rows):
    score, labels, _ = (np.array(column) for column in zip(*rows, strict=True))
    said = (score > 4).astype(int)
    found = f1_interval(said, labels, range(len(labels)))
    if len(set(labels.tolist())) < 2:
        assert found is None
        return
    value, low, high = found
    assert value == pytest.approx(f1_score(labels, said))
    assert 0 <= low <= value <= high <= 1 and high - low > 0.1 / len(labels)


def test_decisions_of_one_label_are_worth_nothing():
    assert matthews(np.ones(4, int), np.array([0, 1, 1, 1]))(np.ones((1, 4)))[0] == 0
    assert f1_interval(np.zeros(4, int), np.array([0, 1, 1, 1]), range(4))[0] == 0


def drawn(random, count, apart):
    labels = (random.random(count) < 0.5).astype(int)
    return random.normal(0, 1, count) + apart * labels, labels


def test_ninety_five_of_a_hundred_intervals_hold_f1():
    """Nine of ten are right. The plain percentiles hold it in 69 of 100 sets of nine pairs."""
    random, held, given_ = np.random.default_rng(3), 0, 0
    for _ in range(500):
        score, labels = drawn(random, 9, 2.563)
        found = f1_interval((score > 1.2815).astype(int), labels, range(9))
        given_ += found is not None
        held += found is not None and found[1] <= 0.9 <= found[2]
    assert held >= 0.93 * given_ > 0.9 * 500


def test_intervals_of_the_area_hold_it():
    """The plain percentiles hold it in 80 of 100 sets of thirty pairs, for want of a width where it is 1."""
    random, held, told = np.random.default_rng(3), 0, 0
    for _ in range(60):
        score, labels = drawn(random, 30, 2.563)
        value, low, high = alone(roc_auc(score, labels), range(30), samples=300)
        assert low is not None or value == 1
        told += low is not None
        held += low is not None and low <= 0.965 <= high
    assert held >= 0.93 * told > 0


def test_copies_of_a_pair_add_no_evidence():
    score, labels = drawn(np.random.default_rng(4), 60, 1)
    single = alone(roc_auc(score, labels), range(60))
    copied = alone(roc_auc(np.repeat(score, 5), np.repeat(labels, 5)), np.repeat(range(60), 5).tolist())
    assert copied == pytest.approx(single)
    said = (score > 0.5).astype(int)
    once = f1_interval(said, labels, range(60))
    often = f1_interval(np.repeat(said, 5), np.repeat(labels, 5), np.repeat(range(60), 5).tolist())
    assert often == pytest.approx(once, abs=0.01)
