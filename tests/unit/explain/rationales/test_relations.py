"""Which items go together: as the set says, or as nearly the same pairs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.data.items import Item
from yiju.explain.rationales.relations import Relations, found_relations, given_originals, near_items, relate


def item(name, q, t, kind=None, related=()):
    return Item(name, q, t, tuple(q), tuple(t), kind, related)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([("1", "ori", ("2", "3")), ("2", "disturb", ()), ("3", "disturb", ())], {"2": "1", "3": "1"}),
        # Two originals name one item: it goes with the first.
        ([("1", "ori", ("3",)), ("2", "ori", ("3",)), ("3", "disturb", ())], {"3": "1"}),
        # Relations go both ways: a disturbed form names its original, an original another.
        ([("1", "ori", ("2", "3")), ("2", "disturb", ("1", "3")), ("3", "ori", ("1",))], {"2": "1"}),
        # Without kinds the first of a circle is the original, and an item does not name itself.
        ([("1", None, ("1", "2")), ("2", None, ("1",)), ("3", None, ("1", "2"))], {"2": "1"}),
        # The original of one goes with no other.
        ([("1", None, ("2",)), ("3", None, ("1", "4")), ("2", None, ("4",)), ("4", None, ())], {"2": "1", "4": "3"}),
        ([("1", None, ()), ("2", "ori", ())], {}),
    ],
)
def test_relations_as_the_set_gives_them(items, expected):
    found = given_originals([item(name, "a", "b", *rest) for name, *rest in items])
    assert found == expected
    assert not set(found) & set(found.values())


def test_groups_begin_with_their_original():
    assert Relations({"3": "1", "5": "2", "4": "1"}).groups() == {"1": ["1", "3", "4"], "2": ["2", "5"]}


def test_an_item_goes_with_the_most_similar_earlier_one_that_stands_alone():
    items = [
        item("1", "怎么开通花呗", "如何开通花呗"),
        item("2", "今天天气好吗", "今天天气怎样"),
        # 4 of 6 bigrams on either side; white space and punctuation are not counted.
        item("3", "怎么开通花 呀", "如何开通花呀！"),
        # All bigrams of 3, and 4 of 6 of 1: but 3 goes with another.
        item("4", "怎么开通花呀", "如何开通花呀"),
        # The same on one side only.
        item("5", "怎么开通花呗", "今天天气怎样"),
        # Each side is like one of 1, the wrong one.
        item("6", "如何开通花呗", "怎么开通花呗"),
    ]
    found = found_relations(items, 0.6)
    assert found.originals == {"3": "1", "4": "1"}
    assert found.likeness == {"3": pytest.approx(4 / 6), "4": pytest.approx(4 / 6)}
    assert found.measure == "similarity"
    assert found_relations(items, 0.7).originals == {"4": "3"}, "an item that goes with none is an original"


def test_equal_pairs_are_as_similar_as_can_be_and_ties_go_to_the_first():
    items = [item(name, "怎么还花呗", "花呗怎么还") for name in "123"]
    assert found_relations(items, 1.0) == Relations({"2": "1", "3": "1"}, {"2": 1.0, "3": 1.0}, "similarity")


def bigrams(text):
    return {text[place : place + 2] for place in range(len(text) - 1)} or {text}


def jaccard(left, right):
    return len(bigrams(left) & bigrams(right)) / len(bigrams(left) | bigrams(right))


TEXT = st.text("甲乙丙", min_size=1, max_size=5)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=8), st.sampled_from([0.1, 0.4, 0.5, 1.0]))
def test_what_is_near_is_what_a_loop_finds(texts, similarity):
    items = [item(str(number), q, t) for number, (q, t) in enumerate(texts)]
    expected = []
    for row, (q, t) in enumerate(texts):
        alike = [(min(jaccard(q, texts[other][0]), jaccard(t, texts[other][1])), other) for other in range(row)]
        expected += [(row, other, value) for value, other in sorted(alike, key=lambda one: (-one[0], one[1]))]
    assert near_items(items, similarity).rows() == [row for row in expected if row[2] >= similarity]


def test_no_relations_where_none_are_asked_for():
    items = [item("1", "a", "b", "ori", ("2",)), item("2", "a", "b", "disturb")]
    assert relate(items, {"relations": "none"}) == Relations()
    assert relate(items, {"relations": "given"}).originals == {"2": "1"}
