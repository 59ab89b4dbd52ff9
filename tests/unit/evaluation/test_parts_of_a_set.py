"""Judgements in parts of a set, by hand."""

import numpy as np
import polars as pl
import pytest

from yiju.base import tables
from yiju.base.share_intervals import wilson
from yiju.evaluation.by_stratum import abstention, accuracy_by_part, label_agreement


def items(**columns):
    count = len(next(iter(columns.values())))
    known = {"item": [str(row) for row in range(count)], "q": ["甲"] * count, "t": ["乙"] * count}
    blank = {name: [None] * count for name in tables.ITEMS.names}
    return pl.DataFrame(blank | known | columns, schema=pl.Schema(tables.ITEMS))


def test_agreement_of_originals_and_their_forms():
    table = items(kind=["ori", "disturb", "disturb", "ori", "disturb"], related=[["1", "2"], [], None, ["4"], []])
    said = {"model": np.array([1, 1, 0, 0, 0]), "overlap": np.array([1, 0, 0, 0, 1])}
    found = label_agreement(table, said)
    assert found["agreement.pairs"] == 3
    assert found["agreement.model"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["agreement.overlap"] == 0
    # All originals here are one pair of sentences: as much evidence as one item is.
    low, high = (found[f"agreement.model.{end}"] for end in ("low", "high"))
    assert (low, high) == pytest.approx([float(end) for end in wilson(2 / 3, 1)], abs=1e-6)


def test_a_form_with_another_gold_label_has_to_be_judged_otherwise_and_is_left_out():
    table = items(kind=["ori", "disturb", "disturb"], related=[["1", "2"], [], []], label=[1, 0, None])
    found = label_agreement(table, {"model": np.array([1, 0, 1])})
    assert (found["agreement.pairs"], found["agreement.model"]) == (1, 1.0)


def test_a_set_without_relations_has_no_agreement():
    assert label_agreement(items(kind=["ori", None]), {"model": np.array([1, 0])}) == {}


def test_accuracy_by_kind_and_by_overlap():
    labelled = pl.DataFrame(
        {
            "q": ["甲乙丙", "甲乙丙", "甲乙丙", "甲"],
            # Bigrams shared: 2 of 2; 1 of 3; none; none.
            "t": ["甲乙丙", "甲乙丁", "子丑", "乙"],
            "kind": ["ori", "disturb", "disturb", None],
            "gold": [1, 0, 1, 0],
            "label": [1, 1, 1, 0],
        }
    )
    right = {"model": np.array([True, False, True, True]), "overlap": np.array([True, True, False, False])}
    found = accuracy_by_part(labelled, right)
    cells = {key: value for key, value in found.items() if "confusion" in key and value}
    assert cells == {
        "kind_disturb.confusion.gold_0.said_1": 1,
        "kind_disturb.confusion.gold_1.said_1": 1,
        "kind_ori.confusion.gold_1.said_1": 1,
        "overlap_0_20.confusion.gold_0.said_0": 1,
        "overlap_0_20.confusion.gold_1.said_1": 1,
        "overlap_20_40.confusion.gold_0.said_1": 1,
        "overlap_80_100.confusion.gold_1.said_1": 1,
    }
    shown = {
        key: value for key, value in found.items() if "confusion" not in key and not key.endswith((".low", ".high"))
    }
    assert shown == {
        "kind_disturb.items": 2,
        "kind_disturb.accuracy.model": 0.5,
        "kind_disturb.accuracy.overlap": 0.5,
        "kind_ori.items": 1,
        "kind_ori.accuracy.model": 1.0,
        "kind_ori.accuracy.overlap": 1.0,
        "overlap_0_20.items": 2,
        "overlap_0_20.accuracy.model": 1.0,
        "overlap_0_20.accuracy.overlap": 0.0,
        "overlap_20_40.items": 1,
        "overlap_20_40.accuracy.model": 0.0,
        "overlap_20_40.accuracy.overlap": 1.0,
        "overlap_80_100.items": 1,
        "overlap_80_100.accuracy.model": 1.0,
        "overlap_80_100.accuracy.overlap": 1.0,
    }


def test_abstention_goes_by_the_distance_from_the_margin():
    # Differences 2, 1, -1: from a margin of 1.5 they lie 0.5, 0.5 and 2.5 away.
    probability = 1 / (1 + np.exp(-np.array([2.0, 1.0, -1.0])))
    labelled = pl.DataFrame({"q": list("甲甲丙"), "t": list("乙乙丁"), "probability": probability})
    labelled = labelled.with_columns(overlap_probability=pl.Series([0.9, 0.8, 0.4]))
    right = {"model": np.array([False, True, True]), "overlap": np.array([True, False, False])}
    found = abstention(labelled, right, 1.5)
    # Accuracy 1, 3/4, 2/3; the two that are as far count one half each.
    assert found["aurc.model"] == pytest.approx((0 + 1 / 4 + 1 / 3) / 3, abs=1e-6)
    assert (found["kept_10.accuracy.model"], found["kept_40.accuracy.model"]) == (1.0, 0.75)
    assert found["kept_100.accuracy.model"] == pytest.approx(2 / 3, abs=1e-6)
    # One judgement that is right proves little; and three of which two are of one pair count as 9/5.
    assert found["kept_10.accuracy.model.low"] == pytest.approx(float(wilson(1.0, 3 / 5)[0]), abs=1e-6)
    assert found["kept_100.accuracy.model.low"] == pytest.approx(float(wilson(2 / 3, 9 / 5)[0]), abs=1e-6)
    assert found["aurc.overlap"] == pytest.approx((0 + 1 / 2 + 2 / 3) / 3, abs=1e-6)
