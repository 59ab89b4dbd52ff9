"""Three classes or more: the temperature, and possible classes that hold the label as often as promised."""

import math

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import binom

from yiju.base.errors import YijuError
from yiju.models.calibration.class_fit import ClassFit, gaps
from yiju.models.calibration.fit import fit_temperature
from yiju.models.calibration.fit_classes import fit_class_temperature, fit_classes, surest_gap
from yiju.models.calibration.stored import read_stored, write_stored
from yiju.models.calibration.stored_classes import stored_classes

NAMES = ("entailment", "neutral", "contradiction")
DRAWS, RISK, ERROR = 400, 0.1, 0.1


def drawn(seed, pairs, temperature=2.0, classes=3):
    """Logits that are too sure by a temperature, and labels as the calibrated probabilities say."""
    random = np.random.default_rng(seed)
    own = random.normal(0, 1.5, (pairs, classes))
    labels = (softmax(own, axis=1).cumsum(axis=1) < random.random((pairs, 1))).sum(axis=1).clip(max=classes - 1)
    return own * temperature, labels


def test_the_temperature_is_that_of_gradient_descent_on_torchs_loss():
    logits, labels = drawn(0, 400)
    inverse = torch.ones(1, dtype=torch.float64, requires_grad=True)
    descent = torch.optim.LBFGS([inverse], max_iter=200, tolerance_grad=1e-12, line_search_fn="strong_wolfe")

    def loss():
        descent.zero_grad()
        value = torch.nn.functional.cross_entropy(torch.from_numpy(logits) * inverse, torch.from_numpy(labels))
        value.backward()
        return value

    descent.step(loss)
    assert fit_class_temperature(logits, labels) == pytest.approx(1 / inverse.item(), rel=1e-4)


def test_the_temperature_that_labels_were_drawn_with_comes_back():
    assert fit_class_temperature(*drawn(1, 20_000)) == pytest.approx(2.0, rel=0.05)
    assert fit_class_temperature(*drawn(1, 20_000, 0.5, classes=6)) == pytest.approx(0.5, rel=0.05)


def test_of_two_classes_it_is_that_of_their_difference():
    logits, labels = drawn(2, 500, classes=2)
    wanted = fit_temperature(logits[:, 1] - logits[:, 0], labels)
    assert fit_class_temperature(logits, labels) == pytest.approx(wanted, abs=1e-5)


def missing(gap, logits, chances):
    """The share of pairs whose label is no possible class, by the true probabilities."""
    return float((chances * (gaps(logits) > gap)).sum(axis=1).mean())


@pytest.mark.parametrize("pairs", [60, 400])
def test_the_label_is_possible_as_often_as_promised(pairs):
    many, _ = drawn(9, 20_000)
    chances, found = softmax(many / 2.0, axis=1), []
    for seed in range(DRAWS):
        logits, labels = drawn(100 + seed, pairs)
        own = gaps(logits)[np.arange(pairs), labels]
        found.append(
            [missing(gap, many, chances) for gap in (surest_gap(own, RISK, ERROR), np.quantile(own, 1 - RISK))]
        )
    broken = (np.array(found) > RISK).mean(axis=0)
    # The rate itself is 0.1 at most; of so many draws chance alone shows less than this. The quantile at hand breaks
    # the risk about every second time.
    assert broken[0] <= binom.ppf(0.999, DRAWS, ERROR) / DRAWS
    assert broken[1] > 0.35


def test_fewer_pairs_than_can_show_it_leave_all_classes_possible():
    # All of n pairs within a gap show it where 0.95 ** n is at most 0.05.
    assert surest_gap(np.zeros(58), 0.05, 0.05) == math.inf
    assert surest_gap(np.zeros(59), 0.05, 0.05) == 0.0
    assert surest_gap(np.arange(59.0), 0.05, 0.05) == 58.0
    fit = ClassFit(2.0, math.inf)
    assert fit.possible(np.array([[9.0, 0.0, -9.0]])).all() and fit.undecided(np.array([[9.0, 0.0, -9.0]])).all()


def test_possible_classes_are_those_within_the_gap():
    logits = np.array([[2.0, 1.0, 0.0], [0.0, 5.0, 1.0]])
    fit = ClassFit(4.0, 1.0)
    assert fit.possible(logits).tolist() == [[True, True, False], [False, True, False]]
    assert fit.undecided(logits).tolist() == [True, False]
    assert (fit.divided().possible(logits / 4.0) == fit.possible(logits)).all()
    assert np.exp(fit.log_probability(logits, np.array([0, 1]))) == pytest.approx(
        softmax(logits / 4, axis=1)[[0, 1], [0, 1]]
    )


def test_a_repeated_pair_is_no_more_evidence_of_what_is_possible():
    logits, labels = drawn(3, 100)
    once = fit_classes(logits, labels, np.arange(100), NAMES, 0.1)
    again = fit_classes(*(np.concatenate([one] * 2) for one in (logits, labels, np.arange(100))), NAMES, 0.1)
    assert (again.gap, again.temperature) == (once.gap, pytest.approx(once.temperature, abs=1e-5))


def test_labels_that_are_numbered_otherwise_are_refused():
    logits, labels = drawn(4, 200)
    with pytest.raises(YijuError, match=r"numbered otherwise than the classes are \(0 entailment, 1 neutral, 2 contr"):
        fit_classes(logits, logits.argmin(axis=1), np.arange(200), NAMES, 0.1)
    assert fit_classes(logits, labels, np.arange(200), NAMES, 0.1).temperature > 1


def test_what_the_pairs_leave_open_is_said():
    logits, _ = drawn(5, 200)
    sure = fit_classes(logits, logits.argmax(axis=1), np.arange(200), NAMES, 0.1)
    assert (sure.temperature, sure.gap) == (1.0, 0.0)
    assert "All 200 pairs are judged right" in sure.note
    low = logits - np.array([0, 0, 99.0])
    never = fit_classes(low, np.where(np.arange(200) % 9, low.argmax(axis=1), 1), np.arange(200), NAMES, 0.1)
    assert never.note == "No pair is judged contradiction."


def test_the_file_is_read_as_it_was_written(tmp_path):
    facts = {"classes": list(NAMES), "scores": "logits", "risk": 0.1, "counts": [9, 8, 7], "weights": {}, "figures": {}}
    for fit in (ClassFit(1.5, 0.25, "said"), ClassFit(1.5, math.inf)):
        write_stored(tmp_path / "out.json", stored_classes(fit, **facts))
        assert read_stored(tmp_path / "out.json").fit == fit
    assert read_stored(tmp_path / "out.json").pairs == 24


@pytest.mark.parametrize(
    "wrong", [{"temperature": 0.0}, {"classes": ["a", "b", "a"]}, {"counts": [1, 2]}, {"gap": -1.0}, {"classes": ["a"]}]
)
def test_a_file_that_is_none_of_ours_is_refused(tmp_path, wrong):
    facts = {"classes": list(NAMES), "scores": "logits", "risk": 0.1, "counts": [9, 8, 7], "weights": {}, "figures": {}}
    stored = stored_classes(ClassFit(1.5, 0.25), **facts)
    write_stored(tmp_path / "out.json", stored.model_copy(update=wrong))
    with pytest.raises(YijuError, match="this is not what yiju calibrate writes"):
        read_stored(tmp_path / "out.json")
