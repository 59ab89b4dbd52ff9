"""What follows on the whole graph: similar is transitive, and what is unlike one sentence is unlike its like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yiju.data.augment.graph import Graph, path_lengths, spanning_forest, write_paths
from yiju.data.augment.implied import Implied, distinct
from yiju.data.sentence_keys import join_halves

# Why a pair that follows is not among the new ones.
THERE = "already there"
BANNED = "pair of a held-out set, or of conflicting labels"
CAP = "over the cap of a component"
SHARE = "beyond the share"
RATIO = "to keep the label ratio"
TWICE = "follows in another fold too"


@dataclass(frozen=True)
class NewPairs:
    """Pairs of sentences, positive ones first, each label in order of q and t.

    q, t: [m] uint32 numbers of sentences, q < t: numbers go by appearance. label: [m] int8; fold: [m] int16.
    Pair i follows from the rows parents[offsets[i] : offsets[i + 1]], a chain from q to t of positive rows, one of them
    negative where the label is 0. offsets: [m + 1] int64; parents: int32 row numbers.
    """

    q: np.ndarray
    t: np.ndarray
    label: np.ndarray
    fold: np.ndarray
    offsets: np.ndarray
    parents: np.ndarray


def close(
    graph: Graph, banned_pairs: tuple[np.ndarray, np.ndarray], share: float | None, per_component: int | None, seed: int
) -> tuple[NewPairs, dict[str, int]]:
    """Draw new pairs, seeded, out of all that follow from the n rows of `graph`.

    Two sentences of one component are similar, two of two components that a negative row joins are not; from a
    component that contradicts itself nothing follows. No new pair is a row already, in whatever fold, order or label,
    or one of `banned_pairs` (numbers of sentences, in either order), and none is there twice: a pair that follows in
    several folds is made in the first of them only, and not at all if they disagree on its label.

    per_component: at most so many new pairs of one component, and of one pair of components. share: at most share * n
    in all, and in the label ratio of the rows: where one label is short, the other is cut. None: no limit, and no
    ratio. Returns the new pairs, and how many others follow, by the reason why they were not taken.
    """
    first, second, edge, left_out = _choose(graph, banned_pairs, share, per_component, np.random.default_rng(seed))
    return _with_parents(graph, first, second, edge), left_out


def _choose(
    graph: Graph,
    banned_pairs: tuple[np.ndarray, np.ndarray],
    share: float | None,
    per_component: int | None,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, int]]:
    """The nodes of the new pairs in their final order, the negative row that each needs (or -1), and what is left."""
    implied = Implied(graph)
    there = implied.ranks(graph.sentence[graph.first], graph.sentence[graph.second])
    banned = np.setdiff1d(implied.ranks(*banned_pairs), there, assume_unique=True)
    gone = np.sort(np.concatenate([there, banned]))
    free = np.diff(implied.start) - np.diff(np.searchsorted(gone, implied.start))
    capped = free if per_component is None else np.minimum(free, per_component)
    offered = _by_label(capped, implied.positive)
    wanted = _wanted(offered, graph.label, share)
    chosen = draw(free, _spread(capped, implied.positive, wanted, rng), rng)
    # From the n-th free rank to the rank: as many higher as ranks are gone before it.
    ranks = chosen + np.searchsorted(gone - np.arange(len(gone)), chosen, side="right")
    first, second, block = implied.pairs(ranks)
    edge = implied.edge[block]
    owned = np.flatnonzero(implied.owned(first, second, edge < 0))
    kept = owned[_in_order(graph.sentence[first[owned]], graph.sentence[second[owned]], edge[owned] < 0)]
    if len(kept) < len(ranks):
        # Few, and only where folds share sentences: the ratio is made anew.
        left = _by_label(np.ones(len(kept), dtype=np.int64), edge[kept] < 0)
        kept = kept[draw(left, _wanted(left, graph.label, share), rng)]
    left_out = {
        THERE: len(there),
        BANNED: len(banned),
        CAP: int((free - capped).sum()),
        SHARE: 0 if share is None else max(0, int(offered.sum()) - int(share * len(graph.label))),
        TWICE: len(ranks) - len(owned),
    }
    left_out[RATIO] = int(implied.start[-1]) - len(kept) - sum(left_out.values())
    return first[kept], second[kept], edge[kept], left_out


def draw(sizes: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw counts[b] distinct numbers of each range b, every choice as likely; the ranges lie end to end from 0.

    sizes, counts: [b], counts <= sizes. Returns the numbers, rising. Time and memory go with the counts, not the sizes.
    """
    ends = np.cumsum(sizes)
    starts = ends - sizes
    # Of a range that is wanted nearly whole, draw what is not.
    most = counts > sizes // 2
    drawn = _draw_few(starts, ends, np.where(most, sizes - counts, counts), rng)
    lengths = sizes[most]
    listed = np.arange(int(lengths.sum())) + np.repeat(starts[most] - (np.cumsum(lengths) - lengths), lengths)
    return np.setxor1d(drawn, listed, assume_unique=True)


def _draw_few(starts: np.ndarray, ends: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As `draw`, for counts up to half of a range: drawn with repeats, and again for those that were repeats."""
    done, drawn, missing, active = [], np.empty(0, dtype=np.int64), counts.copy(), np.flatnonzero(counts)
    while len(active):
        of = np.repeat(active, missing[active])
        drawn = distinct(np.concatenate([drawn, rng.integers(starts[of], ends[of])]))
        have = np.searchsorted(drawn, ends[active]) - np.searchsorted(drawn, starts[active])
        missing[active] = counts[active] - have
        full = np.repeat(missing[active] == 0, have)
        done.append(drawn[full])
        drawn, active = drawn[~full], active[missing[active] > 0]
    return np.sort(np.concatenate([drawn, *done]))


def _by_label(counts: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Counts of positives and negatives: [2] int64."""
    return np.array([counts[positive].sum(), counts[~positive].sum()])


def _wanted(offered: np.ndarray, label: np.ndarray, share: float | None) -> np.ndarray:
    """How many positives and negatives to take of those `offered`. Returns [2] int64."""
    if share is None:
        return offered
    rows, similar = len(label), int(np.count_nonzero(label == 1))
    parts = zip(offered.tolist(), (similar, rows - similar), strict=True)
    total = min([int(share * rows), *(have * rows // part for have, part in parts if part)])
    # Rounded, in whole numbers.
    positive = (2 * total * similar + rows) // max(2 * rows, 1)
    return np.array([positive, total - positive])


def _spread(capped: np.ndarray, positive: np.ndarray, wanted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How many to take of each block, as if all that the cap leaves were put into one urn for each label."""
    counts = np.zeros_like(capped)
    for blocks, number in zip((positive, ~positive), wanted, strict=True):
        ends = np.append(0, np.cumsum(capped[blocks]))
        counts[blocks] = np.diff(np.searchsorted(draw(ends[-1:], np.array([number]), rng), ends))
    return counts


def _in_order(first: np.ndarray, second: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Pairs of sentences ordered: positive ones before the others, each by the lower and then the higher sentence."""
    order = np.argsort(join_halves(np.minimum(first, second), np.maximum(first, second)))
    return np.concatenate([order[positive[order]], order[~positive[order]]])


def _with_parents(graph: Graph, first: np.ndarray, second: np.ndarray, edge: np.ndarray) -> NewPairs:
    """The pairs of nodes, the lower sentence first, with the rows on the way from it to the other."""
    swapped = graph.sentence[first] > graph.sentence[second]
    first, second = np.where(swapped, second, first), np.where(swapped, first, second)
    forest, joined = spanning_forest(graph), edge >= 0
    # A positive way goes from first to second and then nowhere, a negative one by the ends of its negative row.
    near, far = np.where(joined, graph.first[edge], second), np.where(joined, graph.second[edge], second)
    crossed = graph.component[near] != graph.component[first]
    near, far = np.where(crossed, far, near), np.where(crossed, near, far)
    before, after = path_lengths(forest, first, near), path_lengths(forest, far, second)
    offsets = np.append(0, np.cumsum(before + joined + after))
    parents = np.empty(offsets[-1], dtype=np.int32)
    write_paths(forest, first, near, offsets[:-1], before, parents)
    parents[(offsets[:-1] + before)[joined]] = edge[joined]
    write_paths(forest, far, second, offsets[1:] - after, after, parents)
    label = (~joined).astype(np.int8)
    return NewPairs(graph.sentence[first], graph.sentence[second], label, graph.fold[first], offsets, parents)
