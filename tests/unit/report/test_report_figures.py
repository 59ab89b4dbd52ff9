"""Figures: the same bytes for the same numbers, for any shape of run."""

from xml.etree import ElementTree

import pytest
from unit.report.small_run import small_run

from yiju.report.curves import WINDOW, Curve
from yiju.report.figures import plot_accuracy, plot_rationales, plot_training


def draw(folder, out, sets, methods, **shape):
    inputs = small_run(folder, sets=sets, methods=methods, **shape)
    paths = [folder / f"{out}.{name}.svg" for name in ("training", "accuracy", "rationales")]
    plot_training(inputs["posttrain"], inputs["folds"], paths[0])
    plot_accuracy(["dev", *sets], inputs["judgements"], paths[1])
    plot_rationales([(name, method) for name in sets for method in methods], inputs["rationales"], paths[2])
    return [path.read_bytes() for path in paths]


def test_two_renders_are_the_same_bytes(tmp_path):
    first, second = (draw(tmp_path, out, ("told", "untold"), ("one", "two")) for out in "ab")
    assert first == second
    assert all(b"<dc:date>" not in figure for figure in first)


@pytest.mark.parametrize(
    ("sets", "methods", "shape"),
    [((), ("one",), {}), (("untold",), ("one",), {"posttrain": False}), (("told",), ("one",), {"folds": 7})],
)
def test_runs_of_other_shapes(tmp_path, sets, methods, shape):
    for figure in draw(tmp_path, "a", sets, methods, **shape):
        ElementTree.fromstring(figure)


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
