"""Measures of probabilities against definitions written out, and bins that count what they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss

from yiju.models.calibration import measure
from yiju.models.calibration.apply import probability
from yiju.models.calibration.measure import BINS, LEAST, brier, calibrated_ece, ece, log_odds, nll, reliability

JUDGED = st.lists(st.tuples(st.floats(-30, 30), st.integers(0, 1)), min_size=2, max_size=200)


def drawn(count, seed=0):
    """Differences, and labels that are as likely as they say."""
    random = np.random.default_rng(seed)
    difference = random.normal(0, 2, count)
    return difference, (random.random(count) < probability(difference)).astype(int)


def test_likelihood_and_brier_score_are_those_of_scikit_learn():
    difference, labels = drawn(500)
    assert nll(difference, labels) == pytest.approx(log_loss(labels, probability(difference)))
    assert brier(difference, labels) == pytest.approx(brier_score_loss(labels, probability(difference)))


def test_the_likelihood_of_a_sure_mistake_does_not_overflow():
    assert nll(np.array([5000.0, -5000.0]), np.array([0, 0])) == 2500.0


def test_the_calibration_error_of_a_known_case():
    # A quarter is given 0.8 and right, the rest 0.5 and right half of the time.
    difference = np.repeat(log_odds(np.array([0.8, 0.5])), [100, 300])
    labels = np.concatenate([np.ones(100), np.tile([0, 1], 150)])
    assert ece(difference, labels) == pytest.approx(0.25 * 0.2)


def test_true_probabilities_are_calibrated_and_sharpened_ones_are_not():
    difference, labels = drawn(200_000)
    assert ece(difference, labels) < 0.005
    assert ece(3 * difference, labels) > 0.05


def test_calibrated_probabilities_have_the_calibration_error_that_was_foretold():
    difference, _ = drawn(300)
    foretold = calibrated_ece(difference)
    random = np.random.default_rng(8)
    chances = probability(difference)
    errors = np.array([ece(difference, (random.random(300) < chances).astype(int)) for _ in range(1000)])
    assert foretold["ece.calibrated"] == pytest.approx(errors.mean(), rel=0.03)
    assert (errors <= foretold["ece.calibrated.high"]).mean() == pytest.approx(0.95, abs=0.02)


def test_pairs_that_repeat_leave_more_to_chance():
    difference, _ = drawn(300)
    often, pairs = np.repeat(difference, 5), np.repeat(np.arange(300), 5).tolist()
    assert calibrated_ece(often, pairs)["ece.calibrated"] > 1.5 * calibrated_ece(often)["ece.calibrated"]


def test_the_labels_are_drawn_block_by_block(monkeypatch):
    difference, _ = drawn(50)
    whole = calibrated_ece(difference)
    monkeypatch.setattr(measure, "BLOCK", 70)
    assert calibrated_ece(difference) == whole
    monkeypatch.setattr(measure, "LABELS", 1)
    assert calibrated_ece(difference) != whole


def test_sure_judgements_leave_nothing_to_chance():
    assert set(calibrated_ece(np.array([900.0, -900.0] * 30)).values()) == {0.0}


@given(JUDGED)
def test_bins_hold_every_pair_once_and_their_means(judged):
    difference, labels = (np.array(column) for column in zip(*judged, strict=True))
    bins = reliability(difference, labels)
    assert bins.count.sum() == len(judged)
    assert 1 <= len(bins.count) <= min(BINS, max(1, len(judged) // LEAST))
    assert (bins.count * bins.similar).sum() == pytest.approx(labels.sum())
    assert (bins.count * bins.probability).sum() == pytest.approx(probability(difference).sum())
    assert (np.diff(bins.probability) >= 0).all()


def test_bins_are_of_one_count_but_never_part_equal_judgements():
    difference, labels = drawn(1500)
    assert reliability(difference, labels).count.tolist() == [100] * BINS
    tied = np.repeat([-1.0, 0.0, 1.0], [700, 100, 700])
    bins = reliability(tied, labels)
    assert bins.count.tolist() == [700, 100, 700]
    shuffled = np.random.default_rng(1).permutation(1500)
    assert ece(tied[shuffled], labels[shuffled]) == pytest.approx(ece(tied, labels))


def test_log_odds_undo_the_probability_and_stay_finite():
    difference = np.linspace(-20, 20, 41)
    assert log_odds(probability(difference)) == pytest.approx(difference, rel=1e-6)
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
