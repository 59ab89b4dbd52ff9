"""Charts: where values lie in them, and which curves they show."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from unit.report.small_run import small_run
from unit.report.test_report_page import page

from yiju.base.files import copy_file
from yiju.base.share_intervals import wilson
from yiju.report.charts import MOST_POINTS, Axis, Series, draw, histograms, limits, thinned
from yiju.report.curves import WINDOW, Curve, read_curves
from yiju.report.sections.reliability_section import read_calibration, reliability_charts
from yiju.report.sections.training_section import ended, training_charts


def test_a_value_lies_where_its_axis_says():
    x, y = Axis("x", 0, 10), Axis("y", 0, 1)
    line = Series("line", 1, [0, 5, 10], [0.0, 0.5, 1.0], ring=(5, 0.5))
    (drawn,) = draw("title", x, y, [line], upright=5, diagonal=True).series
    assert drawn.lines == ["48,186 198,103 348,20"]
    assert drawn.ring == (198, 103) and drawn.dashes
    chart = draw("title", x, y, [line], upright=5, diagonal=True)
    assert (chart.upright, chart.diagonal) == (198, "48,186 348,-1474")
    assert [text for _, text in chart.x_ticks] == ["0", "2", "4", "6", "8", "10"]
    assert [text for _, text in chart.y_ticks] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]


def test_a_line_has_a_gap_where_a_value_is_missing_and_points_have_their_intervals():
    series = [
        Series("gap", 0, [0, 1, 2, 3], [0.0, math.nan, 1.0, 0.0]),
        Series("dots", 1, [1], [0.5], dots=True, ends=[(0.25, 0.75)]),
    ]
    gap, dots = draw("title", Axis("x", 0, 3), Axis("y", 0, 1), series).series
    assert len(gap.lines) == 2 and not gap.dots
    assert dots.dots == [(148, 103)] and dots.whiskers == [(148, 144.5, 61.5)] and not dots.lines


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
    small = histograms("A", [(0.0, "0"), (2.0, "2+")], [("one", 0, [1, 3]), ("two", 1, [0, 0])])
    assert [name for name, *_ in small.outlines] == ["one"]
    assert small.outlines[0][-1] == "M26 68V46.7H94V4H162V68"
    assert small.y_ticks == [(68, "0"), (4, "75")]


def test_the_chart_of_a_calibration_is_of_its_bins_before_and_after(tmp_path):
    before, after = reliability_charts(read_calibration(small_run(tmp_path)["calibration"]))
    assert (before.title, after.title) == ("Dev pairs before calibration", "Dev pairs after calibration")
    assert len(after.series[0].dots) == len(after.series[0].whiskers) == 3
    inputs = small_run(tmp_path, finetune={"calibrate": False})
    (only,) = reliability_charts(read_calibration(inputs["calibration"]))
    assert only.title == "Dev pairs, not calibrated"


@pytest.mark.parametrize(("posttrain", "folds"), [(True, 1), (False, 7)])
def test_trainings_have_charts_of_losses_and_evaluations(tmp_path, posttrain, folds):
    inputs = small_run(tmp_path, posttrain=posttrain, folds=folds)
    before, curves = read_curves(inputs["posttrain"], inputs["folds"])
    charts = training_charts(before, curves)
    assert len(charts) == (4 if posttrain else 2)
    assert len(charts[-1].series) == folds and all(one.ring for one in charts[-1].series)
    # One training shows every update behind its mean.
    assert sum(one.thin for one in charts[-2].series) == (folds == 1)
    assert next(one.name for one in ended(before, curves)) == ("post-training" if posttrain else "fold 0")


def test_every_chart_has_a_text_and_takes_the_colours_of_the_page(tmp_path):
    html = page(tmp_path)
    charts = re.findall(r"<svg viewBox=[^>]*>", html)
    shown = [one for one in charts if "aria-hidden" not in one]
    assert len(shown) >= 8
    assert all('role="img" aria-label="' in one for one in shown)
    drawn = "".join(re.findall(r"<svg viewBox.*?</svg>", html, re.DOTALL))
    assert not re.search(r"#[0-9a-f]{3,6}\b|fill=|stroke=", drawn)


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
