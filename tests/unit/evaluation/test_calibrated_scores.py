"""Figures before and after a calibration: those after never saw the labels that they are judged by."""

import numpy as np
import pytest

from yiju.base.errors import YijuError
from yiju.evaluation.calibrated_scores import FOLDS, calibrate_scores, cross_fitted, fold_of
from yiju.models.calibration.fit_scores import fit_scores
from yiju.models.calibration.measure import brier, ece, nll


def drawn(count, slope=3.0, intercept=-1.0, seed=0):
    """Scores whose labels have the log-odds slope * score + intercept, and a number for each pair."""
    random = np.random.default_rng(seed)
    scores = random.normal(0.5, 1.5, count)
    labels = (random.random(count) < 1 / (1 + np.exp(-slope * scores - intercept))).astype(np.int8)
    return scores, labels, np.arange(count)


def test_each_row_is_judged_by_a_fit_without_its_fold():
    scores, labels, pairs = drawn(400)
    odds, said, undecided = cross_fitted(scores, labels, pairs, "platt", "f1", 0.1)
    folds = fold_of(labels, pairs)
    held = folds == 2
    fitted = fit_scores(scores[~held], labels[~held], pairs[~held], "platt", "f1", 0.1)
    assert (odds[held] == fitted.log_odds(scores[held])).all()
    assert (said[held] == fitted.decide(scores[held])).all()
    assert (undecided[held] == fitted.undecided(scores[held], said[held])).all()


def test_folds_hold_whole_pairs_and_as_many_of_either_label():
    labels = np.repeat([0, 1], [70, 30])
    folds = fold_of(labels, np.arange(100))
    assert [int((folds[labels == 1] == fold).sum()) for fold in range(FOLDS)] == [6] * FOLDS
    assert [int((folds[labels == 0] == fold).sum()) for fold in range(FOLDS)] == [14] * FOLDS
    twice = fold_of(np.tile(labels, 2), np.tile(np.arange(100), 2))
    assert (twice[:100] == twice[100:]).all()


@pytest.mark.parametrize("scaling", ["platt", "temperature"])
def test_figures_are_those_of_the_definitions(scaling):
    scores, labels, pairs = drawn(600)
    fitted, metrics = calibrate_scores(scores, labels, pairs, scaling, "accuracy", 0.1)
    odds, said, undecided = cross_fitted(scores, labels, pairs, scaling, "accuracy", 0.1)
    for when, values in (("before", scores), ("after", odds)):
        for name, figure in (("nll", nll), ("brier", brier), ("ece", ece)):
            assert metrics[f"{when}.{name}"] == pytest.approx(figure(values, labels), abs=1e-6)
        for name in ("nll", "brier", "accuracy", "f1", "precision", "recall"):
            assert metrics[f"{when}.{name}.low"] < metrics[f"{when}.{name}"] < metrics[f"{when}.{name}.high"]
    assert metrics["after.accuracy"] == pytest.approx((said == labels).mean(), abs=1e-6)
    assert metrics["after.precision"] == pytest.approx(labels[said == 1].mean(), abs=1e-6)
    assert metrics["after.recall"] == pytest.approx(said[labels == 1].mean(), abs=1e-6)
    assert metrics["after.decided"] == pytest.approx(1 - undecided.mean(), abs=1e-6)
    assert metrics["after.decided_wrong"] == pytest.approx((said != labels)[~undecided].mean(), abs=1e-6)
    assert metrics["after.nll"] < metrics["before.nll"]
    assert fitted == fit_scores(scores, labels, pairs, scaling, "accuracy", 0.1)


def test_scores_between_0_and_1_are_probabilities_before():
    scores, labels, pairs = drawn(400, 1.0, 0.0)
    chances = 1 / (1 + np.exp(-scores))
    _, metrics = calibrate_scores(chances, labels, pairs, "platt", "accuracy", 0.1)
    assert metrics["before.brier"] == pytest.approx(((chances - labels) ** 2).mean(), abs=1e-6)


def test_noise_shows_in_the_figures_after():
    random = np.random.default_rng(5)
    labels = np.repeat([0, 1], 40)
    scores = random.normal(0.05 * labels, 1)
    fitted, metrics = calibrate_scores(scores, labels, np.arange(80), "platt", "accuracy", 0.1)
    assert metrics["after.accuracy"] < (fitted.decide(scores) == labels).mean()


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([1] * 50, "50 distinct pairs are similar and 0 are not"),
        ([1] * 19 + [0] * 40, "19 distinct pairs are similar and 40 are not"),
    ],
)
def test_too_few_pairs_of_a_label_are_refused_with_the_number_needed(labels, said):
    scores = np.linspace(-1, 1, len(labels))
    with pytest.raises(YijuError, match=said) as error:
        calibrate_scores(scores, np.array(labels), np.arange(len(labels)), "platt", "accuracy", 0.05)
    assert "at least 20 of each" in str(error.value)


def test_a_pair_that_is_repeated_counts_once():
    labels = np.repeat([0, 1], 100)
    with pytest.raises(YijuError, match="10 distinct pairs are similar and 100 are not"):
        calibrate_scores(
            np.linspace(0, 1, 200),
            labels,
            np.concatenate([np.arange(100), 100 + np.arange(100) % 10]),
            "platt",
            "f1",
            0.05,
        )


def test_a_precision_that_is_not_shown_is_refused_with_the_number_needed():
    scores, labels, pairs = drawn(100)
    with pytest.raises(YijuError, match=r"precision of 0\.99 with 95 % confidence by these 100 pairs; that takes 437"):
        calibrate_scores(scores, labels, pairs, "platt", 0.99, 0.05)
