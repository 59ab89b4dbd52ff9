"""What an explanation says of itself beside its colours: what carries it, how far it holds, what chance leaves open."""

from dataclasses import replace

import pytest

from yiju.explain.explanation import Explanation, Segment, Side
from yiju.explain.grounds import grounds
from yiju.models.measured import BEFORE_QUANTISING, read_measured
from yiju.models.model_facts import About

METHOD = {"method": "kernel_shap", "samples": 8}
FIGURE = {"value": 0.5, "low": 0.4, "high": 0.6}
HOLDING = {"pairs": 60} | dict.fromkeys(("one_sided", "alone", "selected"), FIGURE) | {"kept": FIGURE | {"value": 0.97}}


def explanation(**facts) -> Explanation:
    side = Side("花", (0.9,), (Segment("花", 0, 1, score=0.9, rank=1, effect=0.9, error=0.1),))
    known = {"truncated": False, "unknown": 0, "method": METHOD, "sides": (side, side), "alone": 0.9, "kept": True}
    return Explanation(
        "花", "花", probability=0.95, **{"label": 1, "score": -0.05, "label_name": "similar"} | known | facts
    )


def about(method: dict) -> About:
    measured = read_measured({"name": "sides", "method": method, "labels": {"similar": HOLDING}}, "test")
    return About(
        name="a", corpora=("b",), synthetic=False, accuracy=(), threshold=0.5, weights="0" * 64, explanation=measured
    )


@pytest.mark.parametrize(("apart", "there"), [(False, True), (True, False), (None, False)])
def test_ranks_that_samples_do_not_tell_apart_are_told(apart, there):
    assert any("not told from the fourth" in line for line in grounds(explanation(apart=apart))) is there


@pytest.mark.parametrize(("gap", "there"), [(0.5, True), (-0.5, True), (0.001, False), (None, False)])
def test_a_sum_that_is_missed_is_told(gap, there):
    assert any("miss the sum" in line for line in grounds(explanation(gap=gap))) is there


def test_figures_from_before_quantisation_are_called_so():
    whole = about(METHOD)
    quantised = whole.model_copy(update={"quantised": True})
    said = grounds(explanation(about=quantised))
    assert [line for line in said if line not in grounds(explanation(about=whole))] == [BEFORE_QUANTISING]
    # Of a label that dev had no pair of there are no figures.
    other = {"label": 0, "label_name": "not similar"}
    assert BEFORE_QUANTISING not in grounds(explanation(about=quantised, **other))


def test_how_far_it_holds_is_said_of_the_method_that_was_measured_only():
    found = explanation(about=about(METHOD))
    assert any("60 dev pairs" in line for line in grounds(found))
    other = replace(found, method=METHOD | {"samples": 9})
    assert any("was not measured" in line for line in grounds(other))
    assert any("was not measured" in line for line in grounds(explanation()))


def test_a_rationale_that_does_not_keep_the_judgement_is_no_ground():
    told = grounds(explanation(kept=False, about=about(METHOD)))
    assert any("Do not take them for its grounds" in line for line in told)
    assert not any("60 dev pairs" in line for line in told)
