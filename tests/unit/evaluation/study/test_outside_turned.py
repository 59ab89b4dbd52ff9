"""A study of any model: whether explanations rank first what turned the judgement."""

from __future__ import annotations

import numpy as np
import pytest

from yiju import Explainer
from yiju.app.outside_study import study_pairs
from yiju.app.outside_turned import FEWEST, changed_first, turned_pairs
from yiju.config.chosen_method import chosen_method
from yiju.report.study_tables import turned_rows
from yiju.report.study_text import html, lines, markdown

PETS = ("猫", "狗", "兔子", "乌龟", "金鱼", "鹦鹉", "仓鼠", "蜥蜴", "鸽子", "蚂蚁", "蝴蝶", "青蛙", "松鼠", "刺猬")
PAIRS = [(f"租客可以养{one}", f"租客可以养{one}和鸟") for one in PETS]
SETTINGS = {"bootstrap": 50, "seed": 1}
METHODS = {"occlusion": chosen_method("occlusion", {}), "random": chosen_method("random", {})}


def by_denial(pairs):
    """Two sentences are similar where both deny, or neither: nothing but 不 decides."""
    return [1.0 if ("不" in q) == ("不" in t) else -1.0 for q, t in pairs]


@pytest.fixture(scope="module")
def explainer():
    return Explainer.of(by_denial, margin=0.0)


@pytest.fixture(scope="module")
def turned(explainer):
    return turned_pairs(explainer, PAIRS, 1)


def test_the_pairs_are_those_whose_change_turned_the_judgement(turned):
    assert FEWEST <= len(turned.items) <= len(PAIRS)
    sentences = {text for pair in PAIRS for text in pair}
    for one in turned.items:
        assert one.parent in sentences
        assert by_denial([(one.change.q, one.change.t), (one.change.q, one.change.q)]) == [-1.0, 1.0]
    assert f"is measured on {len(turned.items)} such pairs" in turned.note


def test_what_the_model_looks_at_ranks_first_and_chance_does_not(explainer, turned):
    found = changed_first(explainer, turned.items, METHODS, SETTINGS)
    ours, chance = found["occlusion"], found["random"]
    assert ours["changed.recall_1"] == ours["changed.recall_3"] == 1.0
    assert ours["changed.recall_1.items"] == len(turned.items)
    # One character of the 15 or so of both sentences changed.
    assert chance["changed.recall_1"] < 0.5
    assert ours["changed.chance_3"] == chance["changed.chance_3"]
    expected = np.mean([3 / len(one.change.q + one.change.t) for one in turned.items])
    assert ours["changed.chance_3"] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("model", "pairs", "why"),
    [
        (Explainer.of(by_denial), PAIRS, "decides nothing"),
        (Explainer.of(by_denial, margin=0.0), PAIRS[:3], f"{FEWEST} are needed"),
        (Explainer.of(by_denial, margin=0.0), [("好", "坏"), ("你", "我")], "no minimal pair can be made"),
        (Explainer.of(lambda pairs: [1.0] * len(pairs), margin=0.0), PAIRS, "turned 0 of"),
    ],
)
def test_where_it_cannot_be_measured_it_is_said_why(model, pairs, why):
    found = turned_pairs(model, pairs, 1)
    assert not found.items
    assert found.note.startswith("Whether explanations rank first what turned a judgement is not measured: ")
    assert why in found.note
    assert changed_first(model, found.items, METHODS, SETTINGS) == {}


def test_the_study_shows_it_in_a_table_of_its_own(explainer, turned):
    facts = study_pairs(explainer, PAIRS[:4], METHODS, {}, 1, lambda *_: None, turned.items)
    facts |= {"notes": [turned.note], "model": "m", "pairs": "p", "left_out": {}}
    assert facts["turned"] == len(turned.items)
    assert [row[0] for row in turned_rows(facts)] == ["occlusion", "random"]
    method, first, by_chance, three, _ = turned_rows(facts)[0]
    assert first.startswith("1.00 [") and three.startswith("1.00 [")
    assert by_chance == f"{facts['methods'][0]['changed.chance_1']:.2f}"
    assert method == "occlusion"
    said = f"What turned the judgement: {len(turned.items)} pairs with one change"
    for text in ("\n".join(lines(facts)), markdown(facts), html(facts)):
        assert said in text
        assert "first by chance" in text and "in three by chance" in text
        assert "does not count for the answer" in text
    without = study_pairs(explainer, PAIRS[:4], METHODS, {}, 1, lambda *_: None)
    without |= {"notes": [], "model": "m", "pairs": "p", "left_out": {}}
    for text in ("\n".join(lines(without)), markdown(without), html(without)):
        assert "What turned the judgement" not in text
        assert "in three by chance" not in text
        assert "does not count for the answer" not in text
