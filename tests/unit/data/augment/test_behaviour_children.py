"""Training against failures of behaviour: minimal pairs of training sentences, and nothing of the test side."""

from __future__ import annotations

import json
import sys
from typing import get_args

import pytest
from unit.data.augment.test_pipeline import augment, write_inputs

from yiju.base.errors import YijuError
from yiju.base.types import BehaviourCategory
from yiju.data.augment import behaviour_children
from yiju.data.behaviour.categories import CATEGORIES

ROWS = [
    ("dev", "孕妇可以吃什么蔬菜", "孕妇不可以吃什么海鲜", 1, None),
    ("train", "孕妇可以吃什么蔬菜？", "老人为什么会失眠", 0, 0),
    ("train", "孕妇可以吃什么海鲜", "哪家医院最好", 0, 1),
    ("train", "老人可以吃什么水果", "哪家医院最差", 0, 1),
    ("train", "顾客喜欢什么样的店员", "顾客不喜欢什么样的店员", 1, 2),
    ("train", "手机在哪里买", "手机在哪里卖", 0, 0),
    ("train", "手机在哪里买", "电脑坏了怎么办", 0, 1),
]


@pytest.fixture(autouse=True)
def all_of_them(monkeypatch):
    """A few pairs, of which there would be one child."""
    monkeypatch.setattr(behaviour_children, "SHARE", 1.0)


def children(folder, *categories, **settings):
    rows = augment(folder, "none", behaviour=list(categories), seed=1, **settings)
    return [row for row in rows if row[4].startswith("behaviour_")]


def test_the_categories_of_the_configuration_are_those_that_change_one_sentence():
    assert get_args(BehaviourCategory) == tuple(name for name, one in CATEGORIES.items() if one.of_text)


def test_a_child_is_labelled_by_its_change_and_stays_in_its_fold(tmp_path):
    write_inputs(tmp_path, ROWS)
    found = children(tmp_path, "negation", "degree")
    assert ("老人为什么会失眠", "老人为什么不会失眠", 0, 0, "behaviour_negation", [1]) in found
    (changed,) = [row for row in found if row[4] == "behaviour_negation"]
    assert changed[2] == 0


def test_nothing_of_the_test_side_is_changed_or_made(tmp_path):
    write_inputs(tmp_path, ROWS)
    texts = {text for row in children(tmp_path, "negation", "synonym", "spacing") for text in row[:2]}
    # A sentence of dev but for its mark; a child that is one; a sentence that a frame of the test may become.
    for text in ("孕妇可以吃什么蔬菜？", "孕妇不可以吃什么海鲜", "老人可以吃什么水果"):
        assert text not in texts
    # A sentence in two folds could carry what one holds out into the other.
    assert "手机在哪里买" not in texts
    told = json.loads((tmp_path / "augmentation.json").read_text(encoding="utf-8"))
    assert told["left_out"][behaviour_children.HELD_OUT] == 2
    assert told["left_out"][behaviour_children.FRAME] == 1
    assert told["left_out"][behaviour_children.TWO_FOLDS] == 1


def test_a_pair_that_training_knows_is_not_made_again_with_another_label(tmp_path):
    write_inputs(tmp_path, ROWS)
    pairs = {frozenset(row[:2]) for row in children(tmp_path, "negation", "degree")}
    assert frozenset(("顾客喜欢什么样的店员", "顾客不喜欢什么样的店员")) not in pairs
    told = json.loads((tmp_path / "augmentation.json").read_text(encoding="utf-8"))
    assert told["left_out"][behaviour_children.KNOWN] >= 1


def test_the_account_counts_what_was_made(tmp_path):
    write_inputs(tmp_path, ROWS)
    found = children(tmp_path, "negation", "spacing")
    told = json.loads((tmp_path / "augmentation.json").read_text(encoding="utf-8"))
    assert sum(told["made"].values()) == len(found)
    assert told["after"]["pairs"] == told["before"]["pairs"] + len(found)
    positive = sum(row[2] == 1 for row in found)
    assert told["after"]["positive"] == told["before"]["positive"] + positive
    assert {one["operation"] for one in told["examples"]} == {row[4] for row in found}


def test_there_are_at_most_so_many_of_a_category_and_the_seed_draws_them(tmp_path, monkeypatch):
    sentences = [f"第{number}个学生为什么会迟到" for number in range(60)]
    rows = [("train", one, other, 0, -1) for one, other in zip(sentences[::2], sentences[1::2], strict=True)]
    write_inputs(tmp_path, rows)
    monkeypatch.setattr(behaviour_children, "SHARE", 0.2)
    first = children(tmp_path, "negation")
    assert len(first) == 6
    assert children(tmp_path, "negation") == first


def test_without_categories_nothing_is_made(tmp_path):
    write_inputs(tmp_path, ROWS)
    assert children(tmp_path) == []
    assert len(augment(tmp_path, "none")) == 6


def test_a_category_whose_library_is_missing_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "opencc", None)
    write_inputs(tmp_path, ROWS)
    with pytest.raises(YijuError, match=r"augment.behaviour: traditional: .*pip install opencc"):
        children(tmp_path, "traditional")
