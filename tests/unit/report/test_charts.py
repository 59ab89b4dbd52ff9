"""Charts: where values lie in them, and which curves they show."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from unit.report.rendered import page
from unit.report.small_run import small_run

from yiju.base.files import copy_file
from yiju.base.share_intervals import wilson
from yiju.report.charts import MOST_POINTS, Axis, Series, draw, histograms, limits, thinned
from yiju.report.curves import WINDOW, Curve, read_curves
from yiju.report.sections.reliability_section import read_calibration, reliability_charts
from yiju.report.sections.training_section import ended, training_charts

X, Y = Axis("x", 0, 10), Axis("y", 0, 1)


def line_of(chart):
    """The points of the first line in the colour of the second series, [points, 2]."""
    path = re.search(r'<path d="(M [^"]*)" clip-path="[^"]*" style="[^"]*var\(--s1\)', chart.svg)[1]
    return np.array([point.split()[1:3] for point in path.split("\n") if point.strip()], dtype=float)


def test_a_line_lies_where_its_axes_say():
    begin, middle, end = line_of(draw("title", X, Y, [Series("line", 1, [0, 5, 10], [0.0, 0.25, 1.0])]))
    assert middle[0] == pytest.approx((begin[0] + end[0]) / 2, abs=0.1)
    assert middle[1] == pytest.approx(0.75 * begin[1] + 0.25 * end[1], abs=0.1)
    assert end[1] < begin[1]


def test_the_texts_of_a_chart_are_texts_and_escaped():
    chart = draw("a <b>", Axis("更新 & x", 0, 10, lambda value: f"{value:g} <s>"), Y, [Series("one", 0, [0], [0])])
    assert "更新 &amp; x" in chart.svg and "10 &lt;s&gt;" in chart.svg
    assert "<s>" not in chart.svg and "font-family" not in chart.svg and "<style" not in chart.svg


def test_numbers_of_an_axis_are_not_rounded_as_places_are():
    svg = draw("t", X, Axis("y", 0.6946, 0.6958), [Series("one", 1, [0, 1], [0.6946, 0.6958])]).svg
    levels = re.findall(r">(0\.69[^<]*)<", svg)
    assert len(set(levels)) == len(levels) >= 3
    assert not re.search(r'="[^"]*\d\.\d{3}', svg)


def test_a_legend_names_what_there_is_to_tell_apart():
    first, second = Series("first", 0, [0, 1], [0, 1]), Series("second", 1, [0, 1], [1, 0])
    assert draw("title", X, Y, [first]).named == []
    behind = Series("", 0, [0, 1], [0, 1], thin=True)
    assert [(one.name, one.dashes) for one in draw("title", X, Y, [behind, first, second]).named] == [
        ("first", ""),
        ("second", "6 3"),
    ]


def test_a_line_has_a_gap_where_a_value_is_missing_and_points_have_their_intervals():
    values = [0.0, 0.5, math.nan, 1.0, 0.0]
    (gap,) = re.findall(
        r'<path d="([^"]*)"[^>]*stroke: var\(--s1\)', draw("t", X, Y, [Series("gap", 1, range(5), values)]).svg
    )[:1]
    assert gap.count("M") == 2
    dots = draw("t", X, Y, [Series("dots", 1, [1], [0.5], dots=True, ends=[(0.25, 0.75)])]).svg
    bare = draw("t", X, Y, [Series("dots", 1, [1], [0.5], dots=True)]).svg
    assert dots.count("var(--s1)") == bare.count("var(--s1)") + 1


def test_a_chart_has_the_same_bytes_each_time_and_names_of_its_own():
    series = [Series("one", 0, [0, 1], [0, 1], ring=(1, 1))]
    one, again, other = (draw(title, X, Y, series, 5, True).svg for title in ("a", "a", "b"))
    names = [set(re.findall(r'id="([^"]*)"', svg)) for svg in (one, other)]
    assert one == again and names[0] and not names[0] & names[1]


def test_ends_of_an_axis_hold_all_values_also_where_these_are_equal():
    low, high = limits([1.0, 2.0, math.nan])
    assert low < 1 < 2 < high
    assert limits([]) == (-0.5, 0.5)
    low, high = limits([3.0, 3.0])
    assert low < 3 < high


def test_long_curves_are_thinned_and_keep_their_end():
    values = list(range(10_001))
    few = thinned(values)
    assert len(few) <= MOST_POINTS + 1 and (few[0], few[-1]) == (0, 10_000)
    assert thinned([1, 2]) == [1, 2] and thinned([]) == []


def test_a_histogram_shows_shares_of_each_series_and_leaves_out_what_is_empty():
    ticks = [(0.0, "0"), (2.0, "2+")]
    both = histograms("A", ticks, [("one", 0, [1, 3]), ("two", 1, [0, 0])]).svg
    alone = histograms("A", ticks, [("one", 0, [10, 30])]).svg
    assert re.findall(r' d="([^"]*)"', both) == re.findall(r' d="([^"]*)"', alone)
    assert ">2+</text>" in both and "var(--s1)" not in both


def test_the_chart_of_a_calibration_is_of_its_bins_before_and_after(tmp_path):
    before, after = reliability_charts(read_calibration(small_run(tmp_path)["calibration"]))
    assert (before.title, after.title) == ("Dev pairs before calibration", "Dev pairs after calibration")
    assert after.svg.count("<use") >= 3 and after.svg != before.svg
    inputs = small_run(tmp_path, finetune={"calibrate": False})
    (only,) = reliability_charts(read_calibration(inputs["calibration"]))
    assert only.title == "Dev pairs, not calibrated"


@pytest.mark.parametrize(("posttrain", "folds"), [(True, 1), (False, 7)])
def test_trainings_have_charts_of_losses_and_evaluations(tmp_path, posttrain, folds):
    inputs = small_run(tmp_path, posttrain=posttrain, folds=folds)
    before, curves = read_curves(inputs["posttrain"], inputs["folds"])
    charts = training_charts(before, curves)
    assert len(charts) == (4 if posttrain else 2)
    assert len(charts[-1].named) == (folds if folds > 1 else 0)
    # One training shows every update behind its mean.
    assert ("opacity: 0.35" in charts[-2].svg) == (folds == 1)
    assert next(one.name for one in ended(before, curves)) == ("post-training" if posttrain else "fold 0")


def test_every_chart_has_a_text_and_takes_the_colours_of_the_page(tmp_path):
    html = page(tmp_path)
    shown = re.findall(r'<div role="img" aria-label="[^"]+"><svg viewBox', html)
    assert len(shown) >= 8 and len(shown) == len(re.findall(r"<svg viewBox", html))
    drawn = "".join(re.findall(r"<svg viewBox.*?</svg>", html, re.DOTALL))
    assert not re.search(r"(?:fill|stroke)(?:=|:\s*)\"?#[0-9a-f]{3,6}\b", drawn)


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
