"""Figures of calibrated classes: cross-fitted, as scikit-learn and the definitions have them."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import f1_score, log_loss

from yiju.base.errors import YijuError
from yiju.evaluation.calibrated_classes import calibrate_classes, cross_fitted_classes
from yiju.evaluation.calibrated_scores import FOLDS, fold_of
from yiju.evaluation.metrics.classification import macro_f1
from yiju.models.calibration.fit_classes import fit_classes

NAMES = ("entailment", "neutral", "contradiction")


@pytest.fixture(scope="module")
def given():
    random = np.random.default_rng(0)
    own = random.normal(0, 1.5, (600, 3))
    labels = (softmax(own, axis=1).cumsum(axis=1) < random.random((600, 1))).sum(axis=1).clip(max=2)
    return own * 3, labels, np.arange(600) // 2 * 2


def test_figures_are_those_of_the_definitions(given):
    logits, labels, _ = given
    fitted, metrics = calibrate_classes(*given, NAMES, 0.2)
    assert fitted == fit_classes(*given, NAMES, 0.2)
    divided, possible = cross_fitted_classes(*given, NAMES, 0.2)
    for when, scores in (("before", logits), ("after", divided)):
        chances = softmax(scores, axis=1)
        assert metrics[f"{when}.nll"] == pytest.approx(log_loss(labels, chances), abs=1e-6)
        squares = ((chances - np.eye(3)[labels]) ** 2).sum(axis=1)
        assert metrics[f"{when}.brier"] == pytest.approx(squares.mean(), abs=1e-6)
        assert metrics[f"{when}.accuracy"] == pytest.approx((scores.argmax(axis=1) == labels).mean(), abs=1e-6)
        macro = f1_score(labels, scores.argmax(axis=1), average="macro")
        assert metrics[f"{when}.macro_f1"] == pytest.approx(macro, abs=1e-6)
        assert metrics[f"{when}.confidence"] == pytest.approx(chances.max(axis=1).mean(), abs=1e-6)
    # Logits that are three times too large say too much; divided ones what is true.
    assert metrics["before.ece"] > 0.1 > metrics["after.ece"]
    assert metrics["before.ece"] > metrics["before.ece.calibrated.high"]
    assert metrics["after.ece"] < metrics["after.ece.calibrated.high"] + 0.02
    assert metrics["after.nll"] < metrics["before.nll"]
    decided = possible.sum(axis=1) == 1
    assert metrics["after.decided"] == pytest.approx(decided.mean(), abs=1e-6)
    wrong = (logits.argmax(axis=1) != labels)[decided].mean()
    assert metrics["after.decided_wrong"] == pytest.approx(wrong, abs=1e-6)
    assert metrics["after.covered"] == pytest.approx(possible[np.arange(600), labels].mean(), abs=1e-6)
    assert metrics["after.covered"] > 0.8


def test_no_pair_is_judged_by_a_fit_that_knows_it(given):
    logits, labels, pairs = given
    divided, possible = cross_fitted_classes(*given, NAMES, 0.2)
    folds = fold_of(labels, pairs)
    assert all(len(set(folds[pairs == pair])) == 1 for pair in pairs)
    for fold in range(FOLDS):
        held, rest = folds == fold, folds != fold
        fitted = fit_classes(logits[rest], labels[rest], pairs[rest], NAMES, 0.2)
        assert (divided[held] == logits[held] / fitted.temperature).all()
        assert (possible[held] == fitted.possible(logits[held])).all()


def test_too_few_pairs_of_a_class_are_refused(given):
    logits, labels, _ = given
    few = np.concatenate([np.flatnonzero(labels != 1), np.flatnonzero(labels == 1)[:25]])
    with pytest.raises(YijuError, match="of contradiction; calibration needs at least 20 of each class"):
        calibrate_classes(logits[few], labels[few], np.where(labels[few] == 1, 7, few), NAMES, 0.1)


def test_macro_f1_is_scikit_learns_under_weights():
    random = np.random.default_rng(5)
    said, labels, weights = random.integers(0, 4, 60), random.integers(0, 4, 60), random.random((3, 60))
    wanted = [f1_score(labels, said, average="macro", sample_weight=one) for one in weights]
    assert macro_f1(said, labels, 4)(weights) == pytest.approx(wanted)
    # A fifth class that nobody names changes nothing.
    assert macro_f1(said, labels, 5)(weights) == pytest.approx(wanted)
