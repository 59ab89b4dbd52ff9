"""How strongly a segment is coloured, and what carries a judgement in words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.explain.strength import FLOOR, SCALE, carrying, in_words, lowest, strength

NUMBERS = st.floats(-50, 50)


@given(NUMBERS, NUMBERS)
def test_a_colour_has_the_sign_of_the_score_and_is_never_stronger_than_the_effect(score, effect):
    found = strength(score, effect)
    assert -1 <= found <= 1
    assert abs(found) <= abs(effect) / SCALE
    assert found * score >= 0
    if score * effect < 0:
        assert found == 0


@given(NUMBERS.filter(bool), st.floats(0.5, 20), st.floats(-5, 5))
def test_how_large_a_score_is_changes_no_colour(score, factor, effect):
    assert strength(score, effect) == strength(factor * score, effect)


@pytest.mark.parametrize(
    ("score", "effect", "expected"),
    [
        (7.0, 0.5, 0.5),
        (-7.0, -0.5, -0.5),
        (0.1, 3.0, 1.0),
        (5.0, FLOOR / 2, 0.0),
        (5.0, -0.5, 0.0),
        (None, 0.5, 0.0),
        (0.5, None, 0.0),
        (0.0, 0.5, 0.0),
    ],
)
def test_one_scale_with_a_floor(score, effect, expected):
    assert strength(score, effect) == expected


def test_what_carries_a_judgement_is_named_with_what_is_left_without_it():
    parts = [("q", 0, "甲", 0.01), ("q", 1, "乙", math.log(2)), ("t", 0, "丙", math.log(4)), ("t", 1, "丁", None)]
    assert [part[2] for part in carrying(parts)] == ["丙", "乙"]
    assert in_words(0.8, parts) == (
        "Single characters carry the judgement: its probability falls from 80.0% to 20.0% without 丙 (second "
        "sentence), to 40.0% without 乙 (first sentence)."
    )
    # Half of the largest effect is the least that is named beside it, and three are named at most.
    assert [part[2] for part in carrying([*parts, ("t", 2, "戊", math.log(1.9))])] == ["丙", "乙"]
    assert len(carrying([("q", place, "字", 1.0) for place in range(9)])) == 3


def test_where_no_single_character_carries_it_this_is_said():
    parts = [("q", 0, "甲", math.log(1 / 0.95)), ("t", 0, "丙", -0.2), ("t", 1, "丁", None)]
    assert carrying(parts) == []
    assert lowest(0.8, parts) == pytest.approx(0.76)
    assert in_words(0.8, parts) == (
        "No single character carries the judgement: its probability of 80.0% is still 76.0% or more, whichever one is "
        "taken away."
    )
    assert carrying([]) == [] and lowest(0.8, []) == 0.8
