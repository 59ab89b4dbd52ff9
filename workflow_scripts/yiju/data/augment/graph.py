"""The graph of similar sentences: components, which of them contradict themselves, and ways between nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components


@dataclass(frozen=True)
class Graph:
    """Sentences as nodes, positive rows as edges, cut by fold: a sentence of two folds is two nodes.

    label: [n] of the rows. first, second: [n] int32 nodes of their sentences. sentence: [N] uint32 number of each
    node's sentence, rising within a fold; fold: [N] int16. component: [N] int32, numbered by lowest node. size: [C]
    int32 nodes of each component; contradicted: [C] whether a negative row lies inside.
    """

    label: np.ndarray
    first: np.ndarray
    second: np.ndarray
    sentence: np.ndarray
    fold: np.ndarray
    component: np.ndarray
    size: np.ndarray
    contradicted: np.ndarray


@dataclass(frozen=True)
class Forest:
    """A shortest way from the lowest node of each component to all its nodes.

    parent: [N] int32 node above, only to be read of nodes that have one. row: [N] int32 first row that joins a node to
    its parent. position: [N] int32, larger than the parent's.
    """

    parent: np.ndarray
    row: np.ndarray
    position: np.ndarray


def sentence_graph(q: np.ndarray, t: np.ndarray, label: np.ndarray, fold: np.ndarray) -> Graph:
    """The graph of n rows. q, t: [n] numbers of sentences; label: [n] 0 or 1; fold: [n]."""
    first, second, sentence, fold_of = _nodes(q, t, fold)
    similar = label == 1
    edges = (np.ones(np.count_nonzero(similar), dtype=np.int8), (first[similar], second[similar]))
    count, component = connected_components(coo_array(edges, shape=(len(sentence),) * 2), directed=False)
    contradicted = np.zeros(count, dtype=bool)
    contradicted[component[first[_inside(component, first, second, label)]]] = True
    size = np.bincount(component, minlength=count).astype(np.int32)
    return Graph(label, first, second, sentence, fold_of, component, size, contradicted)


def contradict(graph: Graph, low: np.ndarray, high: np.ndarray) -> Graph:
    """The graph, contradicted where a component holds both sentences of a pair low, high [m] of conflicting labels."""
    contradicted = graph.contradicted.copy()
    for fold in np.unique(graph.fold):
        nodes = np.flatnonzero(graph.fold == fold)
        ends = []
        for side in (low, high):
            place = np.minimum(np.searchsorted(graph.sentence[nodes], side), len(nodes) - 1)
            known = graph.sentence[nodes[place]] == side
            ends.append(np.where(known, graph.component[nodes[place]], -1))
        contradicted[ends[0][(ends[0] == ends[1]) & (ends[0] >= 0)]] = True
    return replace(graph, contradicted=contradicted)


def contradictions(graph: Graph) -> np.ndarray:
    """The negative rows within a component, [m] row numbers in order; a sentence that is unlike itself is one too."""
    return np.flatnonzero(_inside(graph.component, graph.first, graph.second, graph.label))


def spanning_forest(graph: Graph) -> Forest:
    """Breadth first from the lowest node of each component, in one search from a further node above all of these."""
    count = len(graph.component)
    root = np.full(len(graph.size), count, dtype=np.int32)
    np.minimum.at(root, graph.component, np.arange(count, dtype=np.int32))
    root = root[graph.size > 1]
    rows = np.flatnonzero(graph.label == 1)
    above, below = graph.first[rows], graph.second[rows]
    ends = (np.append(above, np.full(len(root), count, dtype=np.int32)), np.append(below, root))
    edges = coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(count + 1, count + 1))
    order, parent = breadth_first_order(edges, count, directed=False)
    position = np.zeros(count + 1, dtype=np.int32)
    position[order] = np.arange(len(order), dtype=np.int32)
    row = np.full(count, np.iinfo(np.int32).max, dtype=np.int32)
    for upper, lower in ((above, below), (below, above)):
        joins = parent[lower] == upper
        np.minimum.at(row, lower[joins], rows[joins].astype(np.int32))
    return Forest(parent[:count], row, position[:count])


def path_lengths(forest: Forest, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Rows on the way between two nodes of one component. begin, end: [m] nodes. Returns [m] int64."""
    lengths = np.zeros(len(begin), dtype=np.int64)
    for pairs, _, _ in _climb(forest, begin, end):
        lengths[pairs] += 1
    return lengths


def write_paths(
    forest: Forest, begin: np.ndarray, end: np.ndarray, starts: np.ndarray, lengths: np.ndarray, out: np.ndarray
) -> None:
    """Write the rows on the way from `begin` to `end`, in that order, into out[starts : starts + lengths]."""
    from_begin, from_end = starts.copy(), starts + lengths
    for pairs, at_begin, rows in _climb(forest, begin, end):
        climbed, fallen = pairs[at_begin], pairs[~at_begin]
        out[from_begin[climbed]] = rows[at_begin]
        from_begin[climbed] += 1
        from_end[fallen] -= 1
        out[from_end[fallen]] = rows[~at_begin]


def _climb(forest: Forest, begin: np.ndarray, end: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Move both ends up until they meet, one step of each pair at a time: pairs, whether begin moves, the row taken.

    Whichever end comes later in the search is no ancestor of the other, so it is the one to move.
    """
    pairs = np.flatnonzero(begin != end)
    begin, end = begin[pairs], end[pairs]
    while len(pairs):
        at_begin = forest.position[begin] > forest.position[end]
        moving = np.where(at_begin, begin, end)
        yield pairs, at_begin, forest.row[moving]
        above = forest.parent[moving]
        begin, end = np.where(at_begin, above, begin), np.where(at_begin, end, above)
        apart = begin != end
        pairs, begin, end = pairs[apart], begin[apart], end[apart]


def _inside(component: np.ndarray, first: np.ndarray, second: np.ndarray, label: np.ndarray) -> np.ndarray:
    return (label == 0) & (component[first] == component[second])


def _nodes(q: np.ndarray, t: np.ndarray, fold: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Number the sentences of each fold, fold after fold: first, second [n]; sentence, fold [N]."""
    first, second = np.empty(len(q), dtype=np.int32), np.empty(len(q), dtype=np.int32)
    largest = max(int(q.max(initial=0)), int(t.max(initial=0)))
    sentences, folds, count = [np.empty(0, dtype=np.uint32)], [np.empty(0, dtype=np.int16)], 0
    for number in np.unique(fold):
        rows = np.flatnonzero(fold == number)
        present = np.zeros(largest + 1, dtype=bool)
        present[q[rows]] = present[t[rows]] = True
        node = np.cumsum(present, dtype=np.int32) + np.int32(count - 1)
        first[rows], second[rows] = node[q[rows]], node[t[rows]]
        sentences.append(np.flatnonzero(present).astype(np.uint32))
        folds.append(np.full(len(sentences[-1]), number, dtype=np.int16))
        count += len(sentences[-1])
    return first, second, np.concatenate(sentences), np.concatenate(folds)
