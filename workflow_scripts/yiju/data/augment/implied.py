"""All pairs that follow from a graph of sentences, numbered without being listed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import coo_array

from yiju.data.augment.graph import Graph
from yiju.data.sentence_keys import join_halves, split_key

# Pairs that are looked up at a time.
BATCH = 4_000_000
# A key above all others; numpy would turn a mere -1 and unsigned keys into floats.
NO_BLOCK = np.uint64(2**64 - 1)


class Implied:
    """The pairs of nodes that follow, block by block: of each component, and of each two that a negative row joins.

    Components that contradict themselves are in no block. The pairs are ranked 0 .. start[-1] - 1: those of block b
    from start[b], in an order in which rank and nodes are computed from each other. start: [b + 1] int64; left, right:
    [b] int32 components, the same in a positive block; edge: [b] int32 first negative row that joins the two, -1 in a
    positive block.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.begin = np.cumsum(graph.size, dtype=np.int32) - graph.size
        # The nodes, component by component, and where each stands in its own. Sparse matrices sort without comparing.
        nodes = np.arange(len(graph.component), dtype=np.int32)
        cells = (np.ones(len(nodes), dtype=np.int8), (graph.component, nodes))
        self.member = coo_array(cells, shape=(len(graph.size), len(nodes))).tocsr().indices
        self.place = np.empty_like(self.member)
        self.place[self.member] = nodes
        self.place -= self.begin[graph.component]
        self.key, self.edge = _blocks(graph)
        self.left, self.right = (half.astype(np.int32) for half in split_key(self.key))
        self.positive = self.left == self.right
        left, right = graph.size[self.left].astype(np.int64), graph.size[self.right].astype(np.int64)
        self.start = np.append(0, np.cumsum(np.where(self.positive, left * (left - 1) // 2, left * right)))

    def ranks(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """The ranks, in every fold, of those of the pairs of sentences that follow; rising, each once."""
        found = [self._find(first, second)[2] for _, first, second in self._as_nodes(low, high)]
        return distinct(np.concatenate([np.empty(0, dtype=np.int64), *found]))

    def owned(self, first: np.ndarray, second: np.ndarray, positive: np.ndarray) -> np.ndarray:
        """Which pairs of nodes follow in no earlier fold, and with the other label in none. All [m]."""
        graph, fold = self.graph, self.graph.fold[first]
        kept = np.ones(len(first), dtype=bool)
        for place, others, and_others in self._as_nodes(graph.sentence[first], graph.sentence[second]):
            there = graph.fold[others]
            elsewhere = np.flatnonzero(there != fold[place])
            found, block, _ = self._find(others[elsewhere], and_others[elsewhere])
            of = place[elsewhere[found]]
            claimed = (there[elsewhere[found]] < fold[of]) | (self.positive[block] != positive[of])
            kept[of[claimed]] = False
        return kept

    def pairs(self, ranks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Both nodes of each pair, and its block. ranks: [m] rising. Returns [m] int32, int32, int64."""
        block = np.searchsorted(self.start, ranks, side="right") - 1
        rank = ranks - self.start[block]
        across, down = np.divmod(rank, self.graph.size[self.right[block]])
        inside = np.flatnonzero(self.positive[block])
        down[inside] = triangle_row(rank[inside])
        across[inside] = rank[inside] - triangle(down[inside])
        first = self.member[self.begin[self.left[block]] + across]
        return first, self.member[self.begin[self.right[block]] + down], block

    def _as_nodes(self, low: np.ndarray, high: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Which pairs are of two sentences that a fold has, and their nodes there; fold by fold, in batches."""
        graph = self.graph
        sentences = 1 + max(int(numbers.max(initial=0)) for numbers in (low, high, graph.sentence))
        for fold in np.unique(graph.fold):
            begin, end = np.searchsorted(graph.fold, fold), np.searchsorted(graph.fold, fold, side="right")
            node = np.full(sentences, -1, dtype=np.int32)
            node[graph.sentence[begin:end]] = np.arange(begin, end, dtype=np.int32)
            for at in range(0, len(low), BATCH):
                first, second = node[low[at : at + BATCH]], node[high[at : at + BATCH]]
                known = np.flatnonzero((first >= 0) & (second >= 0) & (first != second))
                yield at + known, first[known], second[known]

    def _find(self, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Which pairs of nodes follow, in any order, with the block and the rank of each."""
        left, right = self.graph.component[first], self.graph.component[second]
        key = join_halves(np.minimum(left, right), np.maximum(left, right))
        # Sorted needles are found five times as fast.
        order = np.argsort(key)
        key = key[order]
        block = np.searchsorted(self.key, key)
        follows = np.append(self.key, NO_BLOCK)[block] == key
        block, order = block[follows], order[follows]
        swapped = (left > right)[order]
        first, second = self.place[first[order]].astype(np.int64), self.place[second[order]].astype(np.int64)
        first, second = np.where(swapped, second, first), np.where(swapped, first, second)
        inside = triangle(np.maximum(first, second)) + np.minimum(first, second)
        across = first * self.graph.size[self.right[block]] + second
        return order, block, self.start[block] + np.where(self.positive[block], inside, across)


def _blocks(graph: Graph) -> tuple[np.ndarray, np.ndarray]:
    """Keys of the blocks (left and right component in one number), rising, and the row that joins them."""
    within = np.flatnonzero((graph.size > 1) & ~graph.contradicted).astype(np.uint32)
    left, right = graph.component[graph.first], graph.component[graph.second]
    rows = np.flatnonzero((graph.label == 0) & ~graph.contradicted[left] & ~graph.contradicted[right])
    left, right = left[rows], right[rows]
    joined, first = np.unique(join_halves(np.minimum(left, right), np.maximum(left, right)), return_index=True)
    key = np.concatenate([join_halves(within, within), joined])
    edge = np.concatenate([np.full(len(within), -1), rows[first]])
    order = np.argsort(key)
    return key[order], edge[order].astype(np.int32)


def distinct(numbers: np.ndarray) -> np.ndarray:
    """The numbers in order, each once: what np.unique gives, which is slow with many of them (numpy 2.4)."""
    ranked = np.sort(numbers)
    return ranked[np.append(True, ranked[1:] != ranked[:-1])[: len(ranked)]]


def triangle(row: np.ndarray) -> np.ndarray:
    """Pairs below `row`: all (lower, upper) with upper < row."""
    return row * (row - 1) // 2


def triangle_row(rank: np.ndarray) -> np.ndarray:
    """The upper of the pair of a rank. Floats are off by one at most."""
    row = ((1 + np.sqrt(1 + 8 * rank.astype(np.float64))) / 2).astype(np.int64)
    row -= triangle(row) > rank
    row += triangle(row + 1) <= rank
    return row
