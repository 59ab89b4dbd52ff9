"""f1, f2, f3: worked examples and what must always hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.data.items import Item
from yiju.explain.rationales.fusion import (
    Choice,
    copy_from_originals,
    in_order,
    is_original,
    match_originals,
    place_words,
    prefer_shared,
    shared_segments,
)
from yiju.explain.rationales.selection import select


def item(name, q, t):
    return Item(name, q, t, tuple(q), tuple(t))


def test_f1_sorts_by_position():
    assert in_order(Choice(1, (3, 0, 2), (1, 0))) == Choice(1, (0, 2, 3), (0, 1))


def test_shared_segments_leave_punctuation_out():
    assert shared_segments("买手机，好？", "手机？，") == [1, 2]


# q = a b x c y, shared with t: a, b, c. Scores: y .9, c .8, x .5, a .3, b .1; three of the five are selected: y, c, x.
PAIR = item("1", "abxcy", "cba")
SCORES = [0.3, 0.1, 0.5, 0.8, 0.9]


@pytest.mark.parametrize(
    ("label", "order", "expected"),
    [
        # candidates selected (c), other candidates (a, b by either order), rest; cut to three
        (1, "importance", (3, 0, 1)),
        (1, "published", (3, 0, 1)),
        # candidates selected (c), rest of the selection by score (y, x)
        (0, "importance", (3, 4, 2)),
        (0, "published", (3, 4, 2)),
    ],
)
def test_f2_worked_example(label, order, expected):
    selected = tuple(select(SCORES, value=0.6))
    assert selected == (4, 3, 2)
    fused = prefer_shared(PAIR, Choice(label, selected, (0,)), SCORES, [0.0, 0.0, 0.0], order)
    assert fused.q == expected
    assert fused.label == label


def test_f2_orders_differ_in_shared_ones_only():
    pair, scores = item("1", "abc", "abc"), [0.1, 0.2, 0.3]
    choice = Choice(1, (2, 1), (0, 1, 2))
    assert prefer_shared(pair, choice, scores, [3, 2, 1], "importance").q == (2, 1)
    assert prefer_shared(pair, choice, scores, [3, 2, 1], "published").q == (1, 2)


SIDE = st.text("ab，？c", min_size=1, max_size=8)
ORDERS = st.sampled_from(["importance", "published"])


@given(SIDE, SIDE, st.integers(0, 1), ORDERS, st.data())
def test_f2_keeps_the_count_and_every_index_once(q, t, label, order, data):
    q_scores, t_scores = (
        data.draw(st.lists(st.integers(0, 3), min_size=len(side), max_size=len(side))) for side in (q, t)
    )
    choice = Choice(label, tuple(select(q_scores)), tuple(select(t_scores)))
    fused = prefer_shared(item("1", q, t), choice, q_scores, t_scores, order)
    for before, after, side, others in ((choice.q, fused.q, q, t), (choice.t, fused.t, t, q)):
        assert len(after) == len(before) == len(set(after))
        assert set(after) <= set(range(len(side)))
        shared = [index in shared_segments(side, others) for index in after]
        assert shared == sorted(shared, reverse=True)
        if label == 0:
            assert set(after) == set(before)


def test_originals_by_their_sentences():
    assert is_original(item("1", "甲", "乙"), {"甲"}, {"乙"})
    assert not is_original(item("1", "乙", "甲"), {"甲"}, {"乙"})


def test_repeated_words_stand_for_successive_occurrences():
    assert place_words("bab", "abab") == (1, 0, 3)
    assert place_words("aaa", "ab") == (0,)
    assert place_words("x", "ab") == ()


def test_f3_copies_label_and_words():
    items = [item("1", "怎么取钱", "取钱"), item("2", "天气好", "好天"), item("3", "请问怎么取钱", "取现钱")]
    choices = {"1": Choice(1, (2, 3, 0), (1, 0)), "2": Choice(0, (0,), (0,)), "3": Choice(0, (0, 1), (1,))}
    matches = match_originals(items, {"1", "2"})
    assert matches["3"][0] == "1"
    fused = copy_from_originals(items, choices, {name: original for name, (original, _) in matches.items()})
    assert fused == {**choices, "3": Choice(1, (4, 5, 2), (2, 0))}


def test_f3_keeps_the_own_selection_where_there_is_none_to_copy():
    items = [item("1", "取钱", "钱"), item("2", "取款", "现"), item("3", "天气", "好天")]
    choices = {"1": Choice(1, (0,), (0,)), "2": Choice(0, (1,), (0,)), "3": Choice(0, (1,), (1,))}
    matches = {name: original for name, (original, _) in match_originals(items, {"1"}).items()}
    assert matches == {"2": "1"}, "an original that shares nothing is none"
    fused = copy_from_originals(items, choices, matches)
    assert fused["2"] == Choice(1, (0,), (0,)), "side t has no word of the original: its own selection"
    assert fused["3"] == choices["3"]
    assert copy_from_originals(items, choices, {}) == choices


@given(st.lists(st.tuples(SIDE, SIDE), min_size=2, max_size=6), st.data())
def test_f3_gives_every_index_in_range_and_once(texts, data):
    items = [item(str(number), q, t) for number, (q, t) in enumerate(texts)]
    choices = {
        i.item: Choice(1, *(tuple(data.draw(st.permutations(range(len(side))))) for side in (i.q, i.t))) for i in items
    }
    matches = {name: original for name, (original, _) in match_originals(items, {"0", "1"}).items()}
    for i in items:
        fused = copy_from_originals(items, choices, matches)[i.item]
        for indices, side in ((fused.q, i.q), (fused.t, i.t)):
            assert indices
            assert len(set(indices)) == len(indices)
            assert set(indices) <= set(range(len(side)))
