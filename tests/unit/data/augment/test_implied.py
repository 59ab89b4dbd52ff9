"""Ranks of pairs that follow: there and back, however large the numbers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from yiju.data.augment.graph import Graph, sentence_graph
from yiju.data.augment.implied import Implied, distinct, triangle, triangle_row


def test_ranks_lead_to_pairs_and_back():
    # Components {0, 1, 4}, {2, 3} and {5}; the last two are not like the first.
    q, t, label = np.array([0, 1, 2, 4, 5]), np.array([1, 4, 3, 2, 0]), np.array([1, 1, 1, 0, 0], dtype=np.int8)
    implied = Implied(sentence_graph(q, t, label, np.zeros(5, dtype=np.int16)))
    first, second, block = implied.pairs(np.arange(implied.start[-1]))
    pairs = [tuple(sorted(pair)) for pair in zip(first.tolist(), second.tolist(), strict=True)]
    similar = {(0, 1), (0, 4), (1, 4), (2, 3)}
    unlike = {(0, 2), (0, 3), (1, 2), (1, 3), (2, 4), (3, 4), (0, 5), (1, 5), (4, 5)}
    assert len(pairs) == len(set(pairs))
    assert {pair for pair, of in zip(pairs, block, strict=True) if implied.positive[of]} == similar
    assert set(pairs) == similar | unlike
    assert implied.edge[block].tolist() == [-1 if pair in similar else 4 if 5 in pair else 3 for pair in pairs]
    for rank, pair in enumerate(pairs):
        low, high = np.array([pair]).T
        assert implied.ranks(low, high).tolist() == implied.ranks(high, low).tolist() == [rank]
    assert implied.ranks(np.array([2, 3, 0]), np.array([5, 3, 99])).tolist() == []


def test_components_of_large_numbers_are_told_apart():
    # As floats, the keys of (0, 1) and (0, 2) would be equal.
    component = np.array([2**22, 2**22 + 1, 2**22 + 2], dtype=np.int32)
    size = np.bincount(component).astype(np.int32)
    node, fold = np.arange(3, dtype=np.int32), np.zeros(3, dtype=np.int16)
    label, contradicted = np.zeros(1, dtype=np.int8), np.zeros(len(size), dtype=bool)
    implied = Implied(Graph(label, node[:1], node[2:], node.astype(np.uint32), fold, component, size, contradicted))
    assert implied.ranks(node[:1], node[1:2]).tolist() == []
    assert implied.ranks(node[:1], node[2:]).tolist() == [0]


@given(st.integers(2, 2**31))
def test_the_row_of_a_rank_is_exact(row):
    begin, end = triangle(row), triangle(row + 1)
    assert triangle_row(np.array([begin - 1, begin, end - 1, end])).tolist() == [row - 1, row, row, row + 1]


@given(st.lists(st.integers(0, 9)))
def test_distinct_numbers(numbers):
    assert distinct(np.array(numbers, dtype=np.int64)).tolist() == sorted(set(numbers))
