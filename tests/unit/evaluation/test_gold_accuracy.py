"""Accuracy by a table's own labels: what is compared, with what, and when nothing is said."""

import numpy as np
import pytest

from yiju.evaluation.gold_accuracy import GoldTally, common_share, right_by_overlap

CLASSES = ("not similar", "similar")


def tally(rows):
    found = GoldTally()
    for row in rows:
        found.add(*row)
    return found


def test_labels_are_compared_with_judgements_and_with_what_needs_no_model():
    rows = (
        [("是", 1, "怎么还款", "怎么还款呢")] * 30
        + [("否", 0, "怎么还款", "天气")] * 20
        + [("否", 1, "怎么", "天气")] * 10
    )
    first, second = tally(rows).lines("same", CLASSES)
    assert first.startswith("accuracy by column same: 0.833 [0.7")
    assert first.endswith("of 60 pairs")
    assert "1.000 [0.9" in second and "share of common characters" in second
    assert second.endswith("always not similar: 0.500")


def test_pairs_without_either_label_say_nothing():
    assert list(tally([(None, 1, "a", "b"), ("", 1, "a", "b"), ("1", None, "a", "b")]).lines("x", CLASSES)) == []
    (said,) = tally([("7", 1, "a", "b"), ("8", 1, "a", "b")]).lines("x", CLASSES)
    assert "not clear what its labels mean ('7', '8')" in said


def test_names_of_the_models_classes_are_its_classes():
    classes = ("contradiction", "neutral", "entailment")
    first, second = tally([("neutral", 1, "a", "b"), ("entailment", 0, "a", "b")]).lines("x", classes)
    assert first.startswith("accuracy by column x: 0.500")
    assert second == "without a model: always neutral: 0.500"


@pytest.mark.parametrize(("q", "t", "share"), [("怎么", "怎么", 1.0), ("怎么", "如何", 0.0), ("aab", "ab", 0.8)])
def test_the_share_of_common_characters(q, t, share):
    assert common_share(q, t) == pytest.approx(share)


def test_a_threshold_is_not_found_on_the_pairs_that_it_judges():
    drawn = np.random.default_rng(0)
    gold, shares = drawn.integers(0, 2, 2000), drawn.random(2000)
    assert 0.45 < right_by_overlap(shares, gold).mean() < 0.55
    assert right_by_overlap(np.where(gold == 1, 0.7, 0.3), gold).all()
    assert right_by_overlap(shares, np.zeros(2000, dtype=int)).all()
    assert right_by_overlap(shares, np.ones(2000, dtype=int)).all()
