"""Components, contradictions and ways between sentences, by hand, in plain Python and on the real corpus."""

import lzma

import numpy as np
import pytest
from at_hand import real
from hypothesis import given
from hypothesis import strategies as st
from plain_closure import components, contradictory

from yiju.data.augment.graph import contradictions, path_lengths, sentence_graph, spanning_forest, write_paths

ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 1), st.sampled_from([-1, 0, 1])))


def graph_of(rows):
    columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return sentence_graph(columns[0], columns[1], columns[2].astype(np.int8), columns[3].astype(np.int16))


def way(forest, begin, end):
    begin, end = np.array([begin]), np.array([end])
    lengths = path_lengths(forest, begin, end)
    out = np.full(lengths.sum(), -1)
    write_paths(forest, begin, end, np.zeros(1, dtype=np.int64), lengths, out)
    return out.tolist()


@given(ROWS)
def test_components_are_those_of_plain_python(rows):
    graph, plain = graph_of(rows), components(rows)
    nodes = list(zip(graph.fold.tolist(), graph.sentence.tolist(), strict=True))
    assert nodes == sorted(plain)
    of_plain = {}
    for node, number in zip(nodes, graph.component.tolist(), strict=True):
        assert of_plain.setdefault(plain[node], number) == number
    assert graph.size.tolist() == np.bincount(graph.component, minlength=len(of_plain)).tolist()
    wrong = {of_plain[number] for number in contradictory(rows, plain)}
    assert set(np.flatnonzero(graph.contradicted).tolist()) == wrong


@given(ROWS)
def test_every_two_sentences_of_a_component_are_linked_by_positive_rows(rows):
    graph = graph_of(rows)
    forest = spanning_forest(graph)
    for begin in range(len(graph.component)):
        for end in np.flatnonzero(graph.component == graph.component[begin]):
            at = begin
            path = way(forest, begin, end)
            assert len(set(path)) == len(path)
            for row in path:
                assert graph.label[row] == 1
                ends = {graph.first[row].item(), graph.second[row].item()}
                assert at in ends
                (at,) = ends - {at}
            assert at == end


def test_a_way_by_hand():
    # 2 - 0 - 1 - 3, and 4 alone; of two rows that join the same sentences the first is taken.
    rows = [(0, 1, 1, -1), (2, 0, 1, -1), (0, 2, 1, -1), (1, 3, 1, -1), (3, 4, 0, -1), (1, 1, 1, -1)]
    forest = spanning_forest(graph_of(rows))
    assert way(forest, 2, 3) == [1, 0, 3]
    assert way(forest, 3, 2) == [3, 0, 1]
    assert way(forest, 0, 3) == [0, 3]
    assert way(forest, 4, 4) == []


def test_a_sentence_of_two_folds_is_two_nodes():
    graph = graph_of([(0, 1, 1, 0), (1, 2, 1, 1), (0, 2, 0, 1)])
    assert graph.component.tolist() == [0, 0, 1, 2, 2]
    assert not graph.contradicted.any()


def test_contradictions_are_rows_inside_a_component():
    graph = graph_of([(0, 1, 1, -1), (1, 2, 1, -1), (2, 0, 0, -1), (3, 0, 0, -1), (4, 4, 0, -1)])
    assert contradictions(graph).tolist() == [2, 4]
    assert graph.contradicted.tolist() == [True, False, True]


def test_no_rows_no_graph():
    graph = graph_of([])
    assert len(graph.component) == len(graph.size) == len(contradictions(graph)) == 0
    assert len(spanning_forest(graph).parent) == 0


@pytest.mark.slow
def test_the_known_contradictions_of_lcqmc():
    numbers = {}
    rows = []
    for line in lzma.decompress(real("LCQMC/train.tsv.xz").read_bytes()).decode().split("\n")[:-1]:
        q, t, label = line.split("\t")
        rows.append((numbers.setdefault(q, len(numbers)), numbers.setdefault(t, len(numbers)), int(label), -1))
    # The known figures take no account of the two sentences that are said to be unlike themselves.
    distinct = graph_of([row for row in rows if row[0] != row[1]])
    assert distinct.contradicted.sum() == 2_635
    assert distinct.size[distinct.contradicted].sum() == 14_343
    graph = graph_of(rows)
    assert graph.contradicted.sum() == 2_637
    assert graph.size[graph.contradicted].sum() == 14_345
