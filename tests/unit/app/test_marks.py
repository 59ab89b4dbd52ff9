"""How the terminal marks characters: colours that can be read on any background, or brackets where there are none."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from command_line import COLOUR

from yiju.app.cli import marks
from yiju.app.cli.output import has_colours
from yiju.explain.explanation import Segment, Side

TEXT = "花呗 怎么还"


def segment(place: int, score: float = 0.0, effect: float = 0.0, **known: Any) -> Segment:
    return Segment(TEXT[place], place, place + 1, score, known.pop("rank", None), effect=effect, **known)


def sides(*segments: Segment) -> Any:
    """An explanation, as far as a legend looks at it."""
    return SimpleNamespace(sides=[Side(TEXT, (), segments)])


SEGMENTS = (
    segment(0, 2.0, 2.0, rank=1),
    segment(1, 1.0, 1.0, rank=2),
    segment(3, -2.0, -2.0),
    segment(4, unknown=True),
    segment(5, truncated=True),
)
BLUE, ORANGE = "blue: speaks for it", "orange: speaks against it"


@pytest.fixture(params=[True, False], ids=["colours", "brackets"])
def colours(request, monkeypatch) -> bool:
    monkeypatch.setattr(marks, "has_colours", lambda: request.param)
    return request.param


def test_the_rationale_is_marked_with_and_without_colours(colours: bool):
    told = marks.marked(Side(TEXT, (), SEGMENTS))
    assert COLOUR.sub("", told) == (TEXT if colours else "【花呗】 怎〈么〉〔还〕")
    assert bool(COLOUR.search(told)) == colours


def test_the_legend_explains_every_mark_that_occurs(colours: bool):
    (line,) = marks.legend(sides(*SEGMENTS))
    names = (
        [BLUE, ORANGE, "underlined: the rationale", "red: unknown to the vocabulary", "struck through: not read"]
        if colours
        else ["【】 the rationale", "〈〉 unknown to the vocabulary", "〔〕 not read"]
    )
    assert COLOUR.sub("", line) == "   " + "  ".join(names)


def test_the_legend_is_silent_about_marks_that_do_not_occur(colours: bool):
    assert marks.legend(sides(segment(0))) == []
    found = marks.legend(sides(segment(0, 2.0, 2.0)))
    assert [COLOUR.sub("", line).strip() for line in found] == ([BLUE] if colours else [])


def test_a_character_that_counts_for_nothing_keeps_the_terminal_s_own_colours(monkeypatch):
    monkeypatch.setattr(marks, "has_colours", lambda: True)
    assert COLOUR.findall(marks.marked(Side(TEXT, (), (segment(0),)))) == ["\x1b[0m"]


def luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance (WCAG 2)."""
    parts = [one / 255 for one in colour]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("strength", [-1.0, -0.6, -0.1, 0.1, 0.4, 1.0])
def test_letters_stand_out_from_every_background(strength: float, unknown: bool):
    style = marks._style(strength, unknown)
    assert contrast(style["fg"], style["bg"]) >= 4.5


@pytest.mark.parametrize(
    ("terminal", "environment", "expected"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
    ],
)
def test_colours_are_for_terminals_of_users_who_want_them(monkeypatch, terminal, environment, expected):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(isatty=lambda: terminal))
    assert has_colours() == expected
