"""What scores mean: Platt's line, the threshold by every aim, and which pairs are left undecided."""

import math

import numpy as np
import pytest
from sklearn.calibration import _SigmoidCalibration
from sklearn.metrics import f1_score

from yiju.base.errors import YijuError
from yiju.models.calibration.fit import fit_margin, fit_temperature
from yiju.models.calibration.fit_scores import fit_scores
from yiju.models.calibration.platt import fit_platt


def drawn(count, slope=2.0, intercept=-1.0, seed=0):
    """Scores, whose labels have the log-odds slope * score + intercept, and a number for each pair."""
    random = np.random.default_rng(seed)
    scores = random.normal(0.5, 1.5, count)
    labels = (random.random(count) < 1 / (1 + np.exp(-slope * scores - intercept))).astype(np.int8)
    return scores, labels, np.arange(count)


@pytest.mark.parametrize(("slope", "intercept"), [(2.0, -1.0), (0.3, 2.0), (40.0, -30.0)])
def test_the_line_is_that_of_scikit_learn(slope, intercept):
    scores, labels, _ = drawn(2000, slope, intercept)
    known = _SigmoidCalibration().fit(scores, labels)
    assert fit_platt(scores, labels) == pytest.approx((-known.a_, -known.b_), rel=1e-3)


def test_the_line_follows_the_unit_of_the_scores():
    scores, labels, _ = drawn(500)
    slope, intercept = fit_platt(scores, labels)
    assert fit_platt(1000 * scores + 7e6, labels) == pytest.approx((slope / 1000, intercept - 7000 * slope), rel=1e-5)


def test_scores_without_an_error_have_a_line_too():
    scores, labels = np.linspace(-1, 1, 100), np.repeat([0, 1], 50)
    slope, intercept = fit_platt(scores, labels)
    assert 0 < slope < 1e4 and abs(intercept) < 1e-3


def test_two_logits_are_divided_by_the_temperature_and_nothing_is_added():
    scores, labels, pairs = drawn(1000, 0.4, 0.0)
    fitted = fit_scores(scores, labels, pairs, "temperature", "accuracy", 0.05)
    assert (fitted.slope, fitted.intercept) == (1 / fit_temperature(scores, labels), 0.0)
    assert fitted.probability(scores) == pytest.approx(1 / (1 + np.exp(-fitted.slope * scores)))


@pytest.mark.parametrize("scaling", ["temperature", "platt"])
def test_no_other_threshold_has_a_higher_accuracy_or_f1(scaling):
    scores, labels, pairs = drawn(300, 1.0, -1.5)
    accuracy, f1 = (fit_scores(scores, labels, pairs, scaling, aim, 0.05) for aim in ("accuracy", "f1"))
    tried = [scores > one for one in np.append(scores, scores.min() - 1)]
    assert (accuracy.decide(scores) == labels).mean() == max((one == labels).mean() for one in tried)
    assert f1_score(labels, f1.decide(scores)) == max(f1_score(labels, one) for one in tried)
    assert f1.threshold < accuracy.threshold


def test_the_highest_f1_has_a_margin_of_its_own():
    difference, labels = np.array([-3.0, -2.0, -1.0, 1.0]), np.array([0, 1, 0, 1])
    assert fit_margin(difference, labels, "f1") == -2.5
    assert fit_margin(difference, labels) == 0.0


def test_a_precision_is_shown_and_not_only_seen():
    scores, labels, pairs = drawn(1000)
    fitted = fit_scores(scores, labels, pairs, "platt", 0.9, 0.05)
    assert labels[fitted.decide(scores) == 1].mean() > 0.9
    assert fit_scores(scores[:100], labels[:100], pairs[:100], "platt", 0.99, 0.05).threshold == math.inf


def test_a_pair_is_decided_where_its_label_keeps_the_risk():
    scores, labels, pairs = drawn(2000)
    fitted = fit_scores(scores, labels, pairs, "platt", "accuracy", 0.05)
    assert fitted.other_below < fitted.threshold < fitted.similar_above
    ends = [fitted.other_below - 0.1, fitted.other_below, fitted.threshold, fitted.similar_above]
    tried = np.array([*ends, fitted.similar_above + 0.1])
    assert fitted.undecided(tried, fitted.decide(tried)).tolist() == [False, True, True, True, False]
    wrong = fitted.decide(scores) != labels
    kept = ~fitted.undecided(scores, fitted.decide(scores))
    for label in (0, 1):
        assert wrong[kept & (fitted.decide(scores) == label)].mean() < 0.05


def test_nothing_is_left_undecided_where_no_decision_is_wrong():
    scores, labels = np.linspace(-1, 1, 400), np.repeat([0, 1], 200)
    fitted = fit_scores(scores, labels, np.arange(400), "platt", "accuracy", 0.05)
    assert fitted.similar_above < fitted.threshold < fitted.other_below
    assert not fitted.undecided(scores, fitted.decide(scores)).any()


def test_few_pairs_leave_all_undecided():
    scores, labels, pairs = drawn(60)
    fitted = fit_scores(scores, labels, pairs, "platt", "accuracy", 0.05)
    assert (fitted.similar_above, fitted.other_below) == (math.inf, -math.inf)
    assert fitted.undecided(scores, fitted.decide(scores)).all()


def test_a_pair_that_is_repeated_shows_no_more():
    scores, labels, pairs = drawn(60)
    many = fit_scores(*(np.tile(one, 50) for one in (scores, labels, pairs)), "platt", "accuracy", 0.05)
    assert many.similar_above == math.inf


@pytest.mark.parametrize("scaling", ["temperature", "platt"])
def test_scores_the_wrong_way_round_are_refused(scaling):
    scores, labels, pairs = drawn(200)
    with pytest.raises(YijuError, match="give their negative"):
        fit_scores(-scores, labels, pairs, scaling, "accuracy", 0.05)


def test_what_the_pairs_leave_open_is_said():
    scores, pairs = np.arange(300.0), np.arange(300)
    labels = np.where((scores >= 100) & (scores < 110), 0, 1)
    assert "all 300 pairs are judged similar" in fit_scores(scores, labels, pairs, "platt", "f1", 0.05).note
    apart = np.where(labels == 1, 0.7, -0.4)
    note = fit_scores(apart, labels, pairs, "temperature", "accuracy", 0.05).note
    assert "All 300 pairs are judged right" in note and "dev" not in note
