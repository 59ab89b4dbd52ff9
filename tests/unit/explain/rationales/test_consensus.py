"""Consensus of a group, by hand, and what must always hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.data.items import Item
from yiju.explain.rationales.consensus import borda, share_consensus
from yiju.explain.rationales.fusion import Choice


def item(name, q, t="x"):
    return Item(name, q, t, tuple(q), tuple(t))


def test_borda_counts_by_hand():
    # First ranking: c 1, a 1/2. Second: the first a 1, b 2/3, the second a 1/3. A third one selects nothing.
    points = borda([("abc", (2, 0)), ("aab", (0, 2, 1)), ("abc", ())])
    assert points == {
        ("c", 0): pytest.approx(1 / 3),
        ("a", 0): pytest.approx((1 / 2 + 1) / 3),
        ("b", 0): pytest.approx(2 / 3 / 3),
        ("a", 1): pytest.approx(1 / 3 / 3),
    }


def test_a_group_shares_label_and_ranking():
    items = [item("1", "abc"), item("2", "aab"), item("3", "cab"), item("4", "zz")]
    choices = {
        "1": Choice(1, (2, 0), (0,)),
        "2": Choice(0, (0, 2, 1), ()),
        "3": Choice(1, (1,), (0,)),
        "4": Choice(0, (1,), (0,)),
    }
    fused = share_consensus(items, choices, [["1", "2", "3"]], {"1": 0.1, "2": 0.4, "3": 0.2})
    # Points: a 1/2 + 1 + 1, c 1, b 2/3, the second a 1/3; each item takes as many of its own as it had.
    assert fused["1"] == Choice(0, (0, 2), (0,))
    assert fused["2"] == Choice(0, (0, 2, 1), ())
    assert fused["3"] == Choice(0, (1,), (0,))
    assert fused["4"] == choices["4"], "it stands alone"


@pytest.mark.parametrize(
    ("labels", "weights", "expected"),
    [
        ((0, 1, 1), (0.3, 0.1, 0.1), 0),
        ((0, 1, 1), (0.3, 0.2, 0.2), 1),
        ((0, 1), (0.2, 0.2), 0),
        ((1, 0), (0.0, 0.0), 1),
    ],
)
def test_the_greater_weight_decides_and_the_original_where_there_is_none(labels, weights, expected):
    names = [str(number) for number in range(len(labels))]
    choices = {name: Choice(label, (0,), (0,)) for name, label in zip(names, labels, strict=True)}
    fused = share_consensus(
        [item(name, "a") for name in names], choices, [names], dict(zip(names, weights, strict=True))
    )
    assert {choice.label for choice in fused.values()} == {expected}


def test_equal_points_leave_the_own_ranking():
    items = [item("1", "ab"), item("2", "ba")]
    choices = {"1": Choice(1, (0, 1), (0,)), "2": Choice(1, (0, 1), (0,))}
    fused = share_consensus(items, choices, [["1", "2"]], {"1": 1.0, "2": 1.0})
    assert fused == choices


SIDE = st.text("abc", min_size=1, max_size=6)


@given(st.lists(st.tuples(SIDE, SIDE), min_size=1, max_size=5), st.data())
def test_every_item_keeps_its_count_and_gives_every_index_once(texts, data):
    items = [item(str(number), q, t) for number, (q, t) in enumerate(texts)]
    choices = {}
    for one in items:
        sides = [data.draw(st.permutations(range(len(side)))) for side in (one.q, one.t)]
        choices[one.item] = Choice(1, *(tuple(side[: data.draw(st.integers(0, len(side)))]) for side in sides))
    names = [one.item for one in items]
    fused = share_consensus(items, choices, [names], dict.fromkeys(names, 1.0))
    for one in items:
        before, after = choices[one.item], fused[one.item]
        for was, now, side in ((before.q, after.q, one.q), (before.t, after.t, one.t)):
            assert len(now) == len(was) == len(set(now))
            assert set(now) <= set(range(len(side)))
    alone = share_consensus(items, choices, [[name] for name in names], dict.fromkeys(names, 1.0))
    assert {name: set(choice.q) for name, choice in alone.items()} == {n: set(c.q) for n, c in choices.items()}
