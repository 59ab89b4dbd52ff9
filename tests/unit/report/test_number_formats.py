"""Numbers as people read them, in both languages."""

import pytest

from yiju.base.language import speaking
from yiju.report.number_formats import (
    beside,
    clauses,
    decimal,
    duration,
    milliseconds,
    percent,
    points,
    quoted,
    tick,
    words,
)


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0.02, "< 0.1 s", "不到 0.1 秒"),
        (0.3, "0.3 s", "0.3 秒"),
        (59.97, "1 min 0 s", "1 分 0 秒"),
        (724, "12 min 4 s", "12 分 4 秒"),
        (7500, "2 h 5 min", "2 小时 5 分"),
    ],
)
def test_a_time_is_told_in_two_units(seconds, english, chinese):
    assert duration(seconds) == english
    with speaking("zh"):
        assert duration(seconds) == chinese


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.00042, "0.42 ms"), (0.0123, "12 ms"), (0.72, "720 ms"), (0.9999, "1.0 s"), (65, "1 min 5 s")],
)
def test_a_short_time_has_three_digits_at_most_and_no_power_of_ten(seconds, told):
    assert milliseconds(seconds) == told


def test_shares_and_lists_are_written_as_the_language_writes_them():
    assert (percent(0.871), percent(0.5, 0)) == ("87.1\N{NO-BREAK SPACE}%", "50\N{NO-BREAK SPACE}%")
    assert (words(["a"]), words(["a", "b", "c"]), clauses(["a", "b"])) == ("a", "a, b and c", "a, b")
    with speaking("zh"):
        assert (percent(0.871), words(["甲", "乙", "丙"]), clauses(["甲", "乙"])) == ("87.1%", "甲、乙、丙", "甲，乙")


def test_what_rounds_to_zero_has_no_minus():
    assert (decimal(-0.0001), points(-0.0001), percent(-0.0001)) == ("0.000", "+0.0", "0.0\N{NO-BREAK SPACE}%")
    assert (decimal(-0.0012), points(-0.0012)) == ("-0.001", "-0.1")


def test_neighbours_on_an_axis_are_told_apart():
    assert [tick(share) for share in (0.5, 0.5075, 0.51)] == [
        f"{one}\N{NO-BREAK SPACE}%" for one in ("50", "50.75", "51")
    ]


def test_brackets_and_quotation_marks_are_those_of_the_language():
    assert beside(quoted("a"), "b") == "“a” (b)"
    with speaking("zh"):
        assert beside(quoted("甲"), "乙") == "“甲”（乙）"
    with speaking("zh-Hant"):
        assert beside(quoted("甲"), "乙") == "「甲」（乙）"
