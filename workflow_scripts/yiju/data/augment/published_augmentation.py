"""The published augmentation ("transfer"): what follows among the pairs of one first sentence."""

from __future__ import annotations

import numpy as np


def transfer(q: np.ndarray, label: np.ndarray, fold: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Children by the published rule: each is the second sentences of two rows, and a label.

    For each group with positives T and negatives F, both non-empty, rate = |T|/|F|: every two of T are similar
    (P, in order of combinations), each of T and each of F are not (N, in order of the product, T outside). The rule
    keeps the first int(|N|*rate) of P if rate < |P|/|N|, else the first int(|P|/rate) of N; the first case never
    occurs, for |P|/|N| = (|T|-1)/2|F|. Groups stand in order of appearance, and the published group is cut further
    by fold, so that no child has parents of two folds. Repeated rows count as often as they occur.

    q: [n] hashes of the raw first sentences; label: [n] 0 or 1; fold: [n]. Returns [m] first and second parent (rows)
    and label, group by group, P before N.
    """
    group = _groups(q, fold)
    count = int(group.max(initial=-1)) + 1
    similar = label == 1
    positive, negative = _by_group(np.flatnonzero(similar), group), _by_group(np.flatnonzero(~similar), group)
    size_t = np.bincount(group[positive], minlength=count)
    size_f = np.bincount(group[negative], minlength=count)
    size_p, size_n = _kept_sizes(size_t, size_f)
    first_p, second_p = _combinations(size_t, size_p)
    first_n, second_n = _products(size_t, size_f, size_n)
    first = np.concatenate([positive[first_p], positive[first_n]])
    second = np.concatenate([positive[second_p], negative[second_n]])
    made = np.repeat(np.array([1, 0], dtype=np.int8), [len(first_p), len(first_n)])
    order = np.argsort(2 * group[first] + (1 - made), kind="stable")
    return first[order], second[order], made[order]


def _groups(q: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Number of the group of each row, in order of appearance: one first sentence in one fold."""
    order = np.lexsort((fold, q))
    begins = np.ones(len(q), dtype=bool)
    begins[1:] = (q[order][1:] != q[order][:-1]) | (fold[order][1:] != fold[order][:-1])
    # The sort is stable: a group begins with its first row.
    first = order[begins]
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    group = np.empty(len(q), dtype=np.int64)
    group[order] = number[np.cumsum(begins) - 1]
    return group


def _by_group(rows: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The row numbers in order of their group, in file order within it."""
    return rows[np.argsort(group[rows], kind="stable")]


def _kept_sizes(size_t: np.ndarray, size_f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """|P| and the kept part of |N| of each group. In floats, as published: 3 / (2/3) truncates like Python's."""
    both = (size_t > 0) & (size_f > 0)
    combinations = np.where(both, size_t * (size_t - 1) // 2, 0)
    rate = size_t / np.where(both, size_f, 1)
    kept = np.where(both, combinations / np.where(both, rate, 1.0), 0.0)
    return combinations, kept.astype(np.int64)


def _combinations(size_t: np.ndarray, size_p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All 2-combinations within the groups that make any, as places among the positives by group."""
    groups = np.repeat(np.arange(len(size_t)), size_t)
    place = np.arange(len(groups))
    after = np.where(size_p[groups] > 0, (np.cumsum(size_t)[groups] - 1) - place, 0)
    first = np.repeat(place, after)
    return first, first + 1 + _count_up(after)


def _products(size_t: np.ndarray, size_f: np.ndarray, size_n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first `size_n` of the products of each group, as places among the positives and the negatives by group."""
    groups, step = np.repeat(np.arange(len(size_n)), size_n), _count_up(size_n)
    start_t, start_f = np.cumsum(size_t) - size_t, np.cumsum(size_f) - size_f
    return start_t[groups] + step // size_f[groups], start_f[groups] + step % size_f[groups]


def _count_up(lengths: np.ndarray) -> np.ndarray:
    """0..n-1 for each n of `lengths`, one after the other."""
    starts = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum())) - np.repeat(starts, lengths)
