"""Token F1 and IoU F1 by hand, with every switch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.data.items import Gold
from yiju.evaluation.metrics.plausibility import iou_f1, scored_items, token_f1
from yiju.explain.rationales.fusion import Choice


def gold(q, t, name="1"):
    return {name: Gold(name, 1, *(tuple(frozenset(s) for s in side) for side in (q, t)))}


def choice(q, t, name="1"):
    return {name: Choice(1, tuple(q), tuple(t))}


def test_token_f1_by_hand():
    # q: 2 of 3 right, 2 of 4 found: P 2/3, R 1/2, F 4/7; t: all right.
    value = token_f1(choice([0, 1, 9], [5]), gold([[0, 1, 2, 3]], [[5]]))
    assert value.tolist() == [pytest.approx((4 / 7 + 1) / 2)]


def test_an_empty_side_scores_nothing():
    assert token_f1(choice([], [1]), gold([[0]], [[1]])).tolist() == [0.5]
    assert token_f1(choice([0], [1]), gold([[]], [[1]])).tolist() == [0.5]
    assert iou_f1(choice([], [1]), gold([[]], [[1]])).tolist() == [0.5]


def test_repeated_indices_count_where_asked_for():
    args = choice([0, 0], [0]), gold([[0]], [[0]])
    assert token_f1(*args).tolist() == [1.0]
    assert token_f1(*args, count_repeated=True).tolist() == [pytest.approx((2 / 3 + 1) / 2)]


def test_iou_at_one_half():
    # q: 1 of 2 in the union, exactly one half; t: 1 of 3.
    args = choice([0], [0, 1]), gold([[0, 1]], [[0, 2]])
    assert iou_f1(*args).tolist() == [0.5]
    assert iou_f1(*args, strict=True).tolist() == [0.0]


def test_the_best_gold_set_counts():
    args = choice([0], [3]), gold([[1, 2], [0]], [[3, 4], [3]])
    assert token_f1(*args).tolist() == [1.0]
    assert iou_f1(*args, strict=True).tolist() == [1.0]


def test_gold_sets_are_joined_as_trustai_does():
    # Neither set alone holds what was predicted, their union does.
    args = choice([0, 1], [5, 6]), gold([[0], [1]], [[5], [7], [6]])
    assert token_f1(*args).tolist() == [pytest.approx(2 / 3)]
    assert token_f1(*args, union=True).tolist() == [1.0]
    assert iou_f1(choice([0, 1, 2], [0]), gold([[0], [1]], [[0]])).tolist() == [0.5]
    assert iou_f1(choice([0, 1, 2], [0]), gold([[0], [1]], [[0]]), union=True).tolist() == [1.0]


def test_a_gold_set_joins_in_order_and_only_where_it_helps():
    # {0, 8} with the second is worse than {0, 8} alone: it stays out, and {2} comes in.
    args = choice([0, 1, 2], [0]), gold([[0, 8], [1, 9, 10, 11, 12, 13], [2]], [[0]])
    assert token_f1(*args, union=True).tolist() == [pytest.approx((2 * 2 / (3 + 3) + 1) / 2)]
    # A set that shares nothing with the prediction never joins.
    assert token_f1(choice([0], [0]), gold([[5], [6]], [[0]]), union=True).tolist() == [0.5]


def test_a_missing_item_scores_nothing_or_is_left_out():
    right = {**gold([[0]], [[0]], "1"), **gold([[0]], [[0]], "2")}
    predicted = choice([0], [0], "2")
    assert token_f1(predicted, right).tolist() == [0.0, 1.0]
    assert iou_f1(predicted, right).tolist() == [0.0, 1.0]
    assert token_f1(predicted, right, matched_only=True).tolist() == [1.0]
    assert iou_f1(predicted, right, matched_only=True).tolist() == [1.0]
    assert scored_items(predicted, right) == ["1", "2"]
    assert scored_items(predicted, right, matched_only=True) == ["2"]


SETS = st.sets(st.integers(0, 6), min_size=1)


@given(SETS, st.lists(SETS, min_size=1, max_size=4))
def test_a_union_never_counts_less_than_the_best(predicted, sets):
    args = choice(predicted, predicted), gold(sets, sets)
    assert token_f1(*args, union=True)[0] >= token_f1(*args)[0]
    assert iou_f1(*args, union=True)[0] >= iou_f1(*args)[0]
    assert token_f1(choice(predicted, predicted), gold(sets[:1], sets[:1]), union=True).tolist() == pytest.approx(
        token_f1(choice(predicted, predicted), gold(sets[:1], sets[:1])).tolist()
    )


@given(SETS, SETS)
def test_agreement_is_symmetric_and_bounded(left, right):
    there = token_f1(choice(left, left), gold([right], [right]))
    back = token_f1(choice(right, right), gold([left], [left]))
    assert there.tolist() == pytest.approx(back.tolist())
    assert 0 <= there[0] <= 1
    assert (there[0] == 1) == (left == right)
    # F = 2 IoU / (1 + IoU), so that IoU >= 1/2 is F >= 2/3.
    assert iou_f1(choice(left, left), gold([right], [right]))[0] == float(there[0] >= 2 / 3 - 1e-12)
