"""Figures of a suite: which items are passed, intervals, the second model, and requirements."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from yiju.base.share_intervals import wilson
from yiju.data.behaviour.minimal_pairs import Change, Effect, Item
from yiju.data.behaviour.suite import Pair
from yiju.evaluation.behaviour import Judge, by_common_characters, failures, judged, passes, summary
from yiju.evaluation.requirements import checked, parsed

A, B = "甲来了", "乙来了"


def item(effect: Effect, before: Pair | None = None, category: str = "negation", t: str = B, q: str = A) -> Item:
    return Item(category, 0, q, Change("rule", q, t, effect, before))


def judge_by(scores: dict[tuple[str, str], float]) -> Judge:
    def judge(pairs: Sequence[tuple[str, str]]) -> tuple[np.ndarray, np.ndarray]:
        values = np.array([scores[pair] for pair in pairs])
        return values > 0, values

    return judge


@pytest.mark.parametrize(
    ("one", "score", "before", "wanted"),
    [
        (item("turns"), -1.0, None, True),
        (item("turns"), 1.0, None, False),
        (item("stays"), 1.0, None, True),
        (item("stays"), -1.0, None, False),
        (item("stays", (A, A)), -1.0, -2.0, True),
        (item("stays", (A, A)), -1.0, 2.0, False),
        (item("rises", (A, A)), -1.0, -2.0, True),
        (item("rises", (A, A)), 1.0, 1.0, False),
    ],
)
def test_an_item_is_passed_where_the_change_has_its_effect(one, score, before, wanted):
    verdicts = judged([one], judge_by({(A, B): score, (A, A): before}))
    assert passes(one, verdicts) is wanted


def test_every_pair_is_asked_for_once():
    asked: list[tuple[str, str]] = []

    def judge(pairs):
        asked.extend(pairs)
        return np.ones(len(pairs), dtype=bool), np.ones(len(pairs))

    judged([item("turns"), item("stays", (A, B)), item("rises", (A, A))], judge)
    assert asked == [(A, B), (A, A)]


def test_shares_of_failures_stand_with_wilsons_interval_and_beside_what_knows_no_words():
    own = [item("turns", t=f"第{number}句话", q=f"第{number}句") for number in range(20)]
    scores = {(one.change.q, one.change.t): 1.0 if row < 5 else -1.0 for row, one in enumerate(own)}
    facts = summary(own, judged(own, judge_by(scores)))["categories"]["negation"]
    low, high = wilson(0.25, 20)
    assert (facts["failures"], facts["failure_rate"], facts["items"]) == (5, 0.25, 20)
    assert (facts["low"], facts["high"]) == pytest.approx((float(low), float(high)))
    assert facts["baseline"]["failure_rate"] == 1.0
    assert facts["rules"] == {"rule": {"items": 20, "failures": 5}}


def test_null_edits_tell_what_is_turned_without_need():
    turned = [item("turns", t=f"乙{number}") for number in range(10)]
    null = [item("stays", (A, f"丙{number}"), "spacing", f"丙 {number}") for number in range(10)]
    scores = dict.fromkeys(((A, f"乙{number}") for number in range(10)), -1.0)
    for number in range(10):
        scores |= {(A, f"丙{number}"): 1.0, (A, f"丙 {number}"): -1.0 if number < 4 else 1.0}
    found = summary([*turned, *null], judged([*turned, *null], judge_by(scores)))
    assert found["null_edits"]["failure_rate"] == pytest.approx(0.4)
    assert found["categories"]["negation"]["beyond_null_edits"] == pytest.approx(0.6)
    assert "beyond_null_edits" not in found["categories"]["spacing"]


def test_a_second_model_stands_beside_the_first():
    own = [item("turns", t=f"乙{number}", q=f"甲{number}") for number in range(10)]
    first = judged(own, judge_by({(one.change.q, one.change.t): 1.0 for one in own}))
    second = judged(own, judge_by({(one.change.q, one.change.t): -1.0 for one in own}))
    facts = summary(own, first, second)["categories"]["negation"]["against"]
    assert (facts["failure_rate"], facts["passes_more"]) == (0.0, 1.0)
    assert facts["low_more"] > 0.5


def test_failures_tell_both_sentences_and_what_was_said_before():
    one = item("stays", (A, A))
    (found,) = failures([one, item("turns")], judged([one], judge_by({(A, B): -1.0, (A, A): 2.0})))
    assert found["q"] == A
    assert (found["similar"], found["score"], found["similar_before"], found["score_before"]) == (
        False,
        -1.0,
        True,
        2.0,
    )
    assert found["before"] == [A, A]


def test_what_knows_no_words_counts_common_characters():
    similar, shares = by_common_characters([("一二三四五", "一二三四六"), ("一二", "三四")])
    assert similar.tolist() == [True, False]
    assert shares.tolist() == pytest.approx([0.8, 0.0])


@pytest.mark.parametrize(
    ("text", "category", "least"),
    [("negation>=0.9", "negation", 0.9), ("number-unit >= 50%", "number_unit", 0.5), ("all>=1", "all", 1.0)],
)
def test_a_requirement_is_read(text, category, least):
    found = parsed(text, ["negation", "number_unit"])
    assert (found.category, found.least) == (category, pytest.approx(least))


@pytest.mark.parametrize(
    "text", ["negation", "negation>0.9", "negation>=2", "negation>=0.9.1", "negatoin>=0.5", ">=0.5"]
)
def test_what_is_no_requirement_is_refused_with_the_remedy(text):
    with pytest.raises(ValueError, match=r"write CATEGORY>=SHARE|did you mean negation"):
        parsed(text, ["negation", "spacing"])


def test_requirements_are_met_or_not_and_a_category_without_items_meets_none():
    categories = {"negation": {"failure_rate": 0.1}, "spacing": {"failure_rate": 0.5}}
    required = [parsed("all>=0.8", ["negation", "spacing"]), parsed("order>=0", ["order"])]
    found = checked(required, categories)
    assert [(one["category"], one["met"]) for one in found] == [
        ("negation", True),
        ("spacing", False),
        ("order", False),
    ]
    assert found[2]["passed"] is None
