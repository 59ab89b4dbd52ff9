"""What `yiju test` says of a failed item: what was judged, what had to be judged of this very pair, and where it is."""

from __future__ import annotations

import pytest

from yiju.base.terminal_language import speak
from yiju.report.behaviour_text import html, lines

RATE = {"failures": 1, "failure_rate": 0.5, "low": 0.1, "high": 0.9}
ONE = {"category": "particles", "rule": "politeness", "row": 0, "parent": "甲", "q": "甲", "t": "请问乙", "line": 3}
NOT_SIMILAR = {"before": ["甲", "乙"], "similar_before": False, "score_before": -0.5}
SIMILAR = {"before": ["甲", "乙"], "similar_before": True, "score_before": 0.5}


def facts(**changes):
    """What `yiju test` writes of a suite of which one item failed."""
    return {
        "items": 2,
        "suite": "zh-match",
        "model": "m",
        "against": None,
        "overall": RATE,
        "null_edits": None,
        "not_made": {},
        "published": [],
        "requirements": [],
        "categories": {
            "particles": RATE | {"title": "particles and politeness", "items": 2, "own": 2, "baseline": RATE}
        },
        "failures": [ONE | {"similar": True, "score": 0.25} | changes],
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"effect": "stays"} | NOT_SIMILAR, ["before: not similar (score -0.500)", "must stay as before"]),
        ({"effect": "stays", "similar": False} | SIMILAR, ["before: similar (score 0.500)", "must stay as before"]),
        ({"effect": "stays", "similar": False}, ["must be judged similar"]),
        ({"effect": "turns"}, ["must be judged not similar"]),
        (
            {"effect": "rises"} | SIMILAR,
            ["before: similar (score 0.500)", "must be more similar than before the change"],
        ),
    ],
)
def test_the_terminal_and_the_page_say_what_this_pair_must_be(changes, said):
    found = facts(**changes)
    told = lines(found)
    first = told.index("  甲")
    assert [one.strip() for one in told[1:first]] == [*said, "line 3"]
    assert (
        told[0] == f"particles (politeness): judged {'similar' if found['failures'][0]['similar'] else 'not similar'}"
    )
    page = html(found, {})
    for one in said:
        assert one in page


def test_it_is_said_in_chinese():
    speak("zh")
    try:
        told = lines(facts(effect="stays", **NOT_SIMILAR))
        page = html(facts(effect="stays", **NOT_SIMILAR), {})
    finally:
        speak("en")
    assert [one.strip() for one in told[1:3]] == ["改动之前：不相似（得分 -0.500）", "应当与改动之前保持一致"]
    assert "应当与改动之前保持一致" in page
