"""MAP by hand and against the formula as written; pairs given and guessed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.base.errors import YijuError
from yiju.data.items import Item
from yiju.evaluation.metrics import consistency as module
from yiju.evaluation.metrics.consistency import consistency, disturbed_pairs, mean_average_precision, proxy_pairs
from yiju.explain.rationales.fusion import Choice


def item(name, q, t, kind=None, related=()):
    return Item(name, q, t, tuple(q), tuple(t), kind, related)


def test_map_by_hand():
    assert mean_average_precision("abc", "abc") == 1
    # i=1: a not in {b}; i=2: a, b in {b, a}: 2/2; i=3: 2 of 3.
    assert mean_average_precision("abx", "bac") == pytest.approx((0 + 1 + 2 / 3) / 3)
    # The original's list ends: O_1..O_2 is all of it.
    assert mean_average_precision("ab", "a") == pytest.approx((1 + 1 / 2) / 2)
    assert mean_average_precision("", "a") == 0
    assert mean_average_precision("a", "") == 0


WORDS = st.text("abcd", max_size=8)


@given(WORDS, WORDS)
def test_map_is_the_formula(disturbed, original):
    total = sum(sum(word in original[:i] for word in disturbed[:i]) / i for i in range(1, len(disturbed) + 1))
    expected = total / len(disturbed) if disturbed else 0
    assert mean_average_precision(disturbed, original) == pytest.approx(expected, abs=1e-12)


def test_consistency_of_both_sides():
    items = [item("1", "abc", "xy"), item("2", "cab", "yx")]
    choices = {"1": Choice(1, (0, 1), (0, 1)), "2": Choice(0, (1, 2), (0, 1))}
    assert consistency([("1", "2")], items, choices).tolist() == [[1.0, 0.5]]
    assert consistency([("1", "2")], items, {"1": choices["1"]}).tolist() == [[0.0, 0.0]]
    assert consistency([], items, choices).shape == (0, 2)


def test_given_pairs():
    items = [item("1", "a", "b", "ori", ("2", "3")), item("2", "a", "c", "disturb"), item("3", "d", "b", "disturb")]
    assert disturbed_pairs(items) == [("1", "2"), ("1", "3")]


def marked(text):
    return {("^" + text + "$")[i : i + 2] for i in range(len(text) + 1)}


def similarity(left, right):
    sides = ((marked(left.q), marked(right.q)), (marked(left.t), marked(right.t)))
    return sum(len(a & b) / len(a | b) for a, b in sides) / 2


@given(st.lists(st.tuples(WORDS, WORDS), min_size=3, max_size=10), st.sampled_from([1, 10**6]))
def test_guessed_pairs_are_the_loop(texts, cells):
    items = [item(str(number), q, t) for number, (q, t) in enumerate(texts)]
    expected = []
    for other in items[2:]:
        scores = [similarity(original, other) for original in items[:2]]
        if max(scores) >= 0.4:
            expected.append((items[int(np.argmax(scores))].item, other.item))
    held, module.CELLS = module.CELLS, cells
    try:
        assert proxy_pairs(items, last_original=1) == expected
    finally:
        module.CELLS = held


def test_guessing_needs_numbered_ids():
    with pytest.raises(YijuError, match="item 'x1'"):
        proxy_pairs([item("x1", "a", "b")])
    assert proxy_pairs([item("1", "a", "b")]) == []
