"""Figures: the same bytes for the same numbers, for any shape of run."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from unit.report.small_run import small_run

from yiju.base.files import copy_file
from yiju.base.share_intervals import wilson
from yiju.report.curves import WINDOW, Curve, read_curves
from yiju.report.sections.reliability_section import plot_reliability
from yiju.report.sections.thresholds_section import plot_thresholds
from yiju.report.training_figures import plot_accuracy, plot_rationales, plot_training


def draw(folder, out, sets, methods, **shape):
    inputs = small_run(folder, sets=sets, methods=methods, **shape)
    paths = [
        folder / f"{out}.{name}.svg" for name in ("training", "accuracy", "rationales", "reliability", "thresholds")
    ]
    plot_training(inputs["posttrain"], inputs["folds"], paths[0])
    plot_accuracy(["dev", "test", *sets], inputs["judgements"], paths[1])
    plot_rationales([(name, method) for name in sets for method in methods], inputs["rationales"], paths[2])
    plot_reliability(inputs["calibration"], paths[3])
    plot_thresholds(["dev", "test", *sets], inputs["judged"], inputs["judgements"], paths[4])
    return [path.read_bytes() for path in paths]


@pytest.mark.slow
def test_two_renders_are_the_same_bytes(tmp_path):
    first, second = (draw(tmp_path, out, ("told", "untold"), ("one", "two")) for out in "ab")
    assert first == second
    assert all(b"<dc:date>" not in figure for figure in first)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sets", "methods", "shape"),
    [
        ((), ("one",), {}),
        (("untold",), ("one",), {"posttrain": False}),
        (("told",), ("one",), {"folds": 7, "finetune": {"calibrate": False, "seeds": 2}}),
    ],
)
def test_runs_of_other_shapes(tmp_path, sets, methods, shape):
    for figure in draw(tmp_path, "a", sets, methods, **shape):
        ElementTree.fromstring(figure)


def test_the_reliability_diagram_says_what_calibrated_probabilities_would_have(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr("yiju.report.sections.reliability_section.save", lambda figure, _: drawn.append(figure))
    plot_reliability(small_run(tmp_path)["calibration"], tmp_path / "r.svg")
    titles = [axes.get_title(loc) for axes in drawn[0].axes for loc in ("left", "center")]
    assert "Dev pairs after\nECE 0.022; if calibrated 0.012, at most 0.020" in titles


def test_smoothing_keeps_what_is_constant_and_follows_a_line():
    assert Curve("", list(range(80)), [2.0] * 80, []).smooth == pytest.approx([2.0] * 80)
    line = [float(update) for update in range(80)]
    middle = slice(WINDOW, -WINDOW)
    assert Curve("", list(range(80)), line, []).smooth[middle] == pytest.approx(line[middle])


def test_the_best_evaluation_is_the_earliest_of_equals():
    evaluations = [{"update": 1, "accuracy": 0.8}, {"update": 2, "accuracy": 0.9}, {"update": 3, "accuracy": 0.9}]
    curve = Curve("", [], [], evaluations)
    assert curve.best("accuracy", largest=True) == (2, 0.9)
    assert curve.best("accuracy", largest=False) == (1, 0.8)
    assert curve.best("perplexity", largest=False) is None


def test_the_accuracy_shown_is_that_of_the_weights_that_whole_and_masked_pairs_chose():
    evaluations = [
        {"update": 1, "accuracy": 0.9, "mean_accuracy": 0.7},
        {"update": 2, "accuracy": 0.8, "mean_accuracy": 0.75},
    ]
    assert Curve("fine-tuning 0", [], [], evaluations).best("accuracy", largest=True) == (2, 0.8)


def test_curves_bear_the_names_of_their_members(tmp_path):
    inputs = small_run(tmp_path, finetune={"seeds": 2}, posttrain=False)
    before, curves = read_curves(inputs["posttrain"], inputs["folds"])
    assert before is None
    assert [curve.name for curve in curves] == ["fold 0", "fold 1", "fold 0, seed 2", "fold 1, seed 2"]
    first = Path(inputs["folds"][0]).parent.parent / "intermediate" / "steps.jsonl"
    copy_file(inputs["folds"][0], first)
    _, curves = read_curves([], [str(first), inputs["folds"][0]])
    assert [curve.name for curve in curves] == ["first corpora", "fold 0"]


def test_intervals_of_shares_are_those_of_wilson():
    low, high = wilson(np.array([0.0, 0.4, 1.0]), np.array([10, 50, 10]))
    # As published, e.g. by R's prop.test without correction.
    assert low == pytest.approx([0.0, 0.2761, 0.7225], abs=1e-4)
    assert high == pytest.approx([0.2775, 0.5382, 1.0], abs=1e-4)
