"""KernelSHAP: Shapley values of the tokens, by weighted least squares over coalitions of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np

from yiju.attribution.coalitions import (
    distinct,
    judge,
    longest_first,
    own_tokens,
    players,
    random_subsets,
)
from yiju.attribution.subject import Scores, Subject
from yiju.scores import log_probability
from yiju.tokens import Sequences

# Eigenvalues below this share of the largest are none.
RANK = 1e-10


def attribute(subject: Subject, pairs: Sequences, labels: np.ndarray, options: dict) -> Scores:
    """Score tokens by their Shapley values in the game of log p(label), exact or estimated.

    options: samples, removal. KernelSHAP (Lundberg 2017): least squares under the Shapley kernel, the sum of the scores
    held to log p(label) of the pair less that of the pair without any token (completeness; `gap` is what rounding
    leaves). samples: coalitions besides these two. All there are if they suffice, and the values are exact; otherwise
    as in KernelExplainer of the package `shap`: sizes from the outside in as long as a size's part of the samples holds
    all its coalitions, the rest drawn by weight, each with its complement. What differs: no feature selection
    (l1_reg=False there); a coalition and its complement are never parted; where the samples do not determine the values
    they are as equal as can be. Special tokens score nothing.
    """
    values, gaps = np.zeros(len(pairs.ids)), np.zeros(len(pairs))
    drawn: dict[int, np.ndarray] = {}

    def games() -> Iterator[tuple[int, np.ndarray]]:
        counts = players(pairs)
        for row in longest_first(pairs):
            count = int(counts[row])
            ends = np.array([[True], [False]]).repeat(count, axis=1)
            inner, drawn[row] = coalitions_of(count, options["samples"], subject.generator(pairs, row))
            yield row, np.concatenate([ends, inner])

    for row, coalitions, logits in judge(subject, pairs, games(), options["removal"]):
        worth = log_probability(logits, labels[row])
        total, gains = worth[0] - worth[1], worth[2:] - worth[1]
        found = shapley_values(coalitions[2:], drawn.pop(row), gains, total)
        values[own_tokens(pairs, row)] = found
        gaps[row] = found.sum() - total
    return Scores(values, gaps)


def shapley_values(coalitions: np.ndarray, weights: np.ndarray, gains: np.ndarray, total: float) -> np.ndarray:
    """The v [n] of least sum of weights * (gains - coalitions v)^2 whose sum is `total`; float64.

    Every player's deviation from total / n adds up to 0, so rows less their mean have the same products with it, and
    the solution of smallest deviation keeps to the constraint by itself.
    coalitions: bool [k, n]; weights, gains: [k].
    """
    count = coalitions.shape[1]
    if not count:
        return np.zeros(0)
    equal = total / count
    centred = coalitions - coalitions.mean(axis=1, keepdims=True)
    weighted = centred * weights[:, None]
    moment = weighted.T @ (gains - equal * coalitions.sum(axis=1))
    return equal + np.linalg.pinv(weighted.T @ centred, rcond=RANK, hermitian=True) @ moment


def coalitions_of(count: int, samples: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """At most `samples` coalitions, neither empty nor whole, and their weights: bool [k, count], float64 [k]."""
    levels = complete_levels(count, samples)
    complete, weights = _complete(count, levels)
    left = level_weights(count)[levels:]
    if not len(left) or samples < len(complete) + 2:
        return complete, weights
    drawn, times = _drawn(count, levels, samples - len(complete), generator)
    return np.concatenate([complete, drawn]), np.concatenate([weights, times * (left.sum() / times.sum())])


def level_weights(count: int) -> np.ndarray:
    """The Shapley kernel's share of each level, sizes k and count - k together, k = 1..count // 2; sums to 1."""
    sizes = np.arange(1, count // 2 + 1)
    weights = np.where(2 * sizes < count, 2, 1) / (sizes * (count - sizes))
    return weights / weights.sum()


def complete_levels(count: int, samples: int) -> int:
    """How many levels are enumerated: all if there is room, else each whose share of what is left holds all of it."""
    weights = level_weights(count)
    if 2**count - 2 <= samples:
        return len(weights)
    for level, weight in enumerate(weights):
        subsets = _subsets(count, level + 1)
        if samples * weight / weights[level:].sum() < subsets * (1 - 1e-8):
            return level
        samples -= subsets
    return len(weights)


def _subsets(count: int, size: int) -> int:
    return comb(count, size) * (2 if 2 * size < count else 1)


@lru_cache(maxsize=64)
def _complete(count: int, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """All coalitions of the outer levels, and their weights."""
    coalitions, weights = [np.zeros((0, count), dtype=bool)], [np.zeros(0)]
    for size, weight in enumerate(level_weights(count)[:levels], start=1):
        chosen = np.zeros((comb(count, size), count), dtype=bool)
        np.put_along_axis(chosen, np.array(list(combinations(range(count), size))), True, axis=1)
        both = np.concatenate([chosen, ~chosen]) if 2 * size < count else chosen
        coalitions.append(both)
        weights.append(np.full(len(both), weight / len(both)))
    return np.concatenate(coalitions), np.concatenate(weights)


def _drawn(count: int, levels: int, samples: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Coalitions of the inner levels, at most `samples` different ones, and how often each was drawn."""
    sizes = np.arange(1, count // 2 + 1)[levels:]
    # A draw of a smaller size brings its complement.
    shares = level_weights(count)[levels:] / np.where(2 * sizes < count, 2, 1)
    sizes = generator.choice(sizes, 4 * samples, p=shares / shares.sum())
    subsets = random_subsets(generator, sizes, count)
    first, kind = distinct(subsets)
    brings = np.zeros(len(sizes), dtype=np.int64)
    brings[first] = np.where(2 * sizes[first] < count, 2, 1)
    # Until there is no room for two more: a rule that favours no size.
    end = np.searchsorted(np.cumsum(brings), samples - 1) + 1
    times = np.bincount(kind[:end], minlength=len(first))
    first, times = first[times > 0], times[times > 0]
    smaller = 2 * sizes[first] < count
    chosen = subsets[first]
    return np.concatenate([chosen, ~chosen[smaller]]), np.concatenate([times, times[smaller]]).astype(np.float64)
