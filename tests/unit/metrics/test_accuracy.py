"""Accuracy and confusion counts."""

import pytest

from yiju.metrics.accuracy import accuracy, confusion, correct

GOLD = {"a": 1, "b": 0, "c": 1, "d": 0, "e": 1}
PREDICTED = {"a": 1, "b": 0, "c": 0, "d": 1, "unknown": 1}


def test_a_missing_prediction_is_wrong():
    assert correct(PREDICTED, GOLD).tolist() == [1, 1, 0, 0, 0]
    assert accuracy(PREDICTED, GOLD) == pytest.approx(0.4)


def test_confusion_adds_up():
    counts = confusion(PREDICTED, GOLD)
    assert counts == {"true_positive": 1, "false_positive": 1, "true_negative": 1, "false_negative": 1, "missing": 1}


def test_no_gold_is_no_accuracy():
    with pytest.raises(ValueError, match="no gold"):
        accuracy(PREDICTED, {})
