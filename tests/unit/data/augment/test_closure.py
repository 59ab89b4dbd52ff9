"""Closure: all that plain Python finds and nothing else, drawn within limits, each pair with its parents."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_closure import claims, closure, components

from yiju.data.augment.closure import BANNED, CAP, RATIO, SHARE, THERE, TWICE, close, draw
from yiju.data.augment.graph import sentence_graph

SENTENCE = st.integers(0, 11)
ROWS = st.lists(st.tuples(SENTENCE, SENTENCE, st.sampled_from([1, 1, 0]), st.sampled_from([0, 0, 0, 1])), max_size=24)
HELD = st.lists(st.tuples(SENTENCE, st.integers(0, 20)), max_size=8)


def close_rows(rows, held_out=(), share=None, per_component=None, seed=1):
    """New pairs [(q, t, label, fold, parents)] of (q, t, label, fold) rows, and what is left out."""
    q, t, label, fold = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    low, high = np.array(held_out, dtype=np.uint32).reshape(-1, 2).T
    graph = sentence_graph(q, t, label.astype(np.int8), fold.astype(np.int16))
    new, left_out = close(graph, (low, high), share, per_component, seed)
    parents = [part.tolist() for part in np.split(new.parents, new.offsets[1:-1])]
    columns = (column.tolist() for column in (new.q, new.t, new.label, new.fold))
    return list(zip(*columns, parents if len(new.q) else [], strict=True)), left_out


def random_rows(count, sentences, seed, folds=1, similar=0.5):
    rng = np.random.default_rng(seed)
    q, t = rng.integers(0, sentences, (2, count))
    rows = np.stack([q, t, rng.random(count) < similar, rng.integers(0, folds, count)], axis=1)
    return [tuple(row) for row in rows[q != t].tolist()]


def assert_follows(rows, q, t, label, fold, parents):
    """The parents are a chain from q to t of rows of one fold, all positive or, for a negative child, all but one."""
    at = q
    for parent in parents:
        first, second, _, parent_fold = rows[parent]
        assert parent_fold == fold
        assert at in (first, second)
        at = second if at == first else first
    assert at == t
    assert sum(1 - rows[parent][2] for parent in parents) == 1 - label
    assert len(set(parents)) == len(parents) >= 2


@settings(max_examples=100)
@given(ROWS, HELD)
def test_without_limits_all_that_follows_is_made(rows, held_out):
    new, left_out = close_rows(rows, held_out)
    assert {(q, t): (label, fold) for q, t, label, fold, _ in new} == closure(rows, held_out)
    assert len({(q, t) for q, t, *_ in new}) == len(new)
    for child in new:
        assert_follows(rows, *child)
    assert [child[:2] for child in new] == sorted([c[:2] for c in new if c[2]]) + sorted(c[:2] for c in new if not c[2])
    assert all(q < t for q, t, *_ in new)
    assert len(new) + sum(left_out.values()) == sum(len(said) for said in claims(rows).values())


@given(ROWS, HELD, st.integers(1, 3), st.floats(0.01, 2), st.integers(0, 9))
def test_within_limits_some_of_it_is_made_and_all_accounted_for(rows, held_out, per_component, share, seed):
    new, left_out = close_rows(rows, held_out, share, per_component, seed)
    everything = closure(rows, held_out)
    for q, t, label, fold, parents in new:
        assert everything[q, t] == (label, fold)
        assert_follows(rows, q, t, label, fold, parents)
    component = components(rows)
    blocks = Counter(tuple(sorted({component[fold, q], component[fold, t]})) for q, t, _, fold, _ in new)
    assert max(blocks.values(), default=0) <= per_component
    assert len(new) <= share * len(rows)
    assert min(left_out.values()) >= 0
    assert len(new) + sum(left_out.values()) == sum(len(said) for said in claims(rows).values())


def test_by_hand():
    rows = [(0, 1, 1, -1), (1, 2, 1, -1), (3, 2, 0, -1), (3, 4, 1, -1)]
    new, left_out = close_rows(rows, held_out=[(0, 4), (9, 9)])
    assert new == [
        (0, 2, 1, -1, [0, 1]),
        (0, 3, 0, -1, [0, 1, 2]),
        (1, 3, 0, -1, [1, 2]),
        (1, 4, 0, -1, [1, 2, 3]),
        (2, 4, 0, -1, [2, 3]),
    ]
    assert left_out == {THERE: 4, BANNED: 1, CAP: 0, SHARE: 0, TWICE: 0, RATIO: 0}


def test_a_component_that_contradicts_itself_is_left_alone():
    wrong = [(0, 1, 1, 0), (1, 2, 1, 0), (2, 3, 1, 0), (0, 3, 0, 0)]
    assert close_rows([*wrong, (3, 4, 0, 0), (4, 5, 1, 0)])[0] == []
    unlike_itself = [(0, 1, 1, 0), (1, 2, 1, 0), (2, 2, 0, 0)]
    assert close_rows(unlike_itself)[0] == []


def test_no_pair_of_another_fold_is_made_and_none_twice():
    # 0 and 2 are similar by fold 0 and by fold 1; what both folds together would tell of 1 and 3 is not made.
    rows = [(0, 1, 1, 0), (1, 2, 1, 0), (0, 3, 1, 1), (3, 2, 1, 1)]
    new, left_out = close_rows(rows)
    assert new == [(0, 2, 1, 0, [0, 1])]
    assert left_out[TWICE] == 1


def test_folds_that_disagree_make_nothing():
    rows = [(0, 1, 1, 0), (1, 2, 1, 0), (0, 3, 1, 1), (3, 2, 0, 1)]
    new, left_out = close_rows(rows)
    assert new == []
    assert left_out[TWICE] == 2


@pytest.mark.parametrize(("label", "made"), [(0, 0), (1, 3)])
def test_rows_of_one_label(label, made):
    rows = [(0, 1, label, -1), (1, 2, label, -1), (2, 3, label, -1)]
    new, _ = close_rows(rows, share=1.0, per_component=10)
    assert [child[2] for child in new] == [1] * made


@pytest.mark.parametrize("share", [None, 0.5])
def test_no_rows(share):
    new, left_out = close_rows([], [(0, 1)], share, 10)
    assert new == []
    assert set(left_out.values()) == {0}


@pytest.mark.parametrize("share", [0.05, 0.3, 10.0])
@pytest.mark.parametrize("folds", [1, 3])
@pytest.mark.parametrize("similar", [0.2, 0.45])
def test_the_label_ratio_is_that_of_the_rows(share, folds, similar):
    rows = random_rows(900, 1000, seed=2, folds=folds, similar=similar)
    new, left_out = close_rows(rows, share=share, per_component=4)
    positive = sum(label for _, _, label, _ in rows) / len(rows)
    assert len(new) > 20
    assert sum(child[2] for child in new) == pytest.approx(positive * len(new), abs=0.51)
    assert len(new) <= int(share * len(rows))
    if left_out[SHARE] and not left_out[RATIO]:
        assert len(new) + left_out[TWICE] == int(share * len(rows))


def test_the_label_that_is_short_is_used_up():
    rows = random_rows(900, 1000, seed=2, similar=0.2)
    positive, negative = (
        sum(1 for child in close_rows(rows, per_component=4)[0] if child[2] == label) for label in (1, 0)
    )
    new, left_out = close_rows(rows, share=10.0, per_component=4)
    made = Counter(child[2] for child in new)
    assert left_out[SHARE] == 0
    assert left_out[RATIO] == positive + negative - len(new) > 0
    assert made[1] == positive or made[0] == negative


def test_as_many_as_the_cap_allows():
    # Two stars of 6 and 2 sentences, whose centres are not alike.
    rows = [*((0, leaf, 1, -1) for leaf in range(1, 6)), (10, 11, 1, -1), (0, 10, 0, -1)]
    new, left_out = close_rows(rows, per_component=7)
    assert Counter(child[2] for child in new) == {1: 7, 0: 7}
    assert left_out[CAP] == (10 - 7) + (11 - 7)


def test_seeds_draw_alike_and_apart():
    rows = random_rows(900, 1000, seed=2)
    first, again, other = (close_rows(rows, share=0.1, per_component=2, seed=seed)[0] for seed in (1, 1, 2))
    assert first == again
    assert len(first) == len(other)
    assert {child[:2] for child in first} != {child[:2] for child in other}


@pytest.mark.slow
def test_every_pair_is_drawn_as_often():
    star = [(0, leaf, 1, -1) for leaf in range(1, 6)]
    drawn = Counter(child[:2] for seed in range(1000) for child in close_rows(star, per_component=3, seed=seed)[0])
    # 3 of 10 each time: 300 expected, standard deviation 14.5.
    assert len(drawn) == 10
    assert all(240 < times < 360 for times in drawn.values())


@pytest.mark.slow
def test_the_pairs_of_a_giant_component_are_not_listed():
    leaves = 200_000
    star = np.stack([np.zeros(leaves), np.arange(1, leaves + 1), np.ones(leaves), np.zeros(leaves)], axis=1)
    other = star + np.array([leaves + 1, leaves + 1, 0, 0])
    rows = [*star.astype(int).tolist(), *other.astype(int).tolist(), [5, leaves + 6, 0, 0]]
    new, left_out = close_rows(rows, per_component=3)
    assert Counter(child[2] for child in new) == {1: 6, 0: 3}
    for child in new:
        assert_follows(rows, *child)
    assert left_out[CAP] == leaves * (leaves - 1) + (leaves + 1) ** 2 - 1 - 9


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=10), st.integers(0, 5))
def test_draw_takes_as_many_distinct_numbers_of_each_range(ranges, seed):
    sizes = np.array([max(pair) for pair in ranges], dtype=np.int64)
    counts = np.array([min(pair) for pair in ranges], dtype=np.int64)
    numbers = draw(sizes, counts, np.random.default_rng(seed))
    assert np.all(np.diff(numbers) > 0)
    bounds = np.append(0, np.cumsum(sizes))
    assert np.histogram(numbers, np.append(bounds, bounds[-1] + 1) - 0.5)[0].tolist()[:-1] == counts.tolist()
