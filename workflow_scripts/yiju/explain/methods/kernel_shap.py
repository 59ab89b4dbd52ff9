"""KernelSHAP: Shapley values of the segments, by weighted least squares over coalitions of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Literal

import numpy as np

from yiju.base.types import Removal
from yiju.config.method import Method, Samples, every
from yiju.config.section import Section

if TYPE_CHECKING:
    from yiju.explain.ensemble import Ensemble, SegmentScores


class Options(Section):
    samples: Samples = 500
    max_samples: Samples | None = None
    removal: Removal = "delete"
    sides: Literal["together", "one"] = "together"


METHOD = Method(
    title="Kernel SHAP",
    summary="Shapley values from random removals, exact where there are few enough",
    chinese=("Kernel SHAP", "由随机遮挡估计的 Shapley 值"),
    source="Lundberg 2017",
    options=Options,
    passes=lambda options, length: every(options, "samples"),
    quick={"samples": 100},
    slow=True,
    removes=True,
    draws=True,
)


def attribute(ensemble: Ensemble, labels: np.ndarray, options: dict) -> SegmentScores:
    """Score segments by their Shapley values in the game of log p(label), exact or estimated.

    options: samples, removal, sides. KernelSHAP (Lundberg 2017): least squares under the Shapley kernel, the sum of the
    scores held to log p(label) of the pair less that of the pair without any segment (completeness; `gap` is what
    rounding leaves). samples: coalitions besides these two. All there are if they suffice, and the values are exact;
    otherwise as in KernelExplainer of the package `shap`: sizes from the outside in as long as a size's part of the
    samples holds all its coalitions, the rest drawn by weight, each with its complement. What differs: no feature
    selection (l1_reg=False there); a coalition and its complement are never separated; where the samples do not
    determine the values they are as equal as can be. sides: `together`, one game of all segments; `one`, two games, in
    each of which the segments of one sentence play while the other one stays whole, with half of the samples each:
    similar sentences that both lose a word stay similar, so that one game of both hides what each needs of the other.
    """
    from yiju.explain.ensemble import SegmentScores

    found = SegmentScores.blank(ensemble, error=True, gap=True)
    games: dict[int, list[_Game]] = {}

    def coalitions(row: int) -> np.ndarray:
        games[row] = _games(ensemble, row, options)
        count = len(ensemble.players[row])
        return np.concatenate([np.ones((1, count), dtype=bool), *(one.coalitions(count) for one in games[row])])

    for row, _, worth in ensemble.play(coalitions, labels, options["removal"]):
        place = 1
        for game in games.pop(row):
            end = place + 1 + len(game.inner)
            _enter(found, ensemble, row, game, np.concatenate([worth[:, :1], worth[:, place:end]], axis=1))
            place = end
    return found


@dataclass(frozen=True)
class _Game:
    """players: places among those of the pair; inner: bool [coalitions, players], weights: [coalitions]; draws: int
    [coalitions], which of them were drawn together, below 0 for those that are all there are of their size."""

    players: np.ndarray
    inner: np.ndarray
    weights: np.ndarray
    draws: np.ndarray

    def coalitions(self, count: int) -> np.ndarray:
        """None of these players, then the inner coalitions, all others left: bool [1 + coalitions, count]."""
        every = np.ones((1 + len(self.inner), count), dtype=bool)
        every[0, self.players] = False
        every[1:, self.players] = self.inner
        return every


def _games(ensemble: Ensemble, row: int, options: dict) -> list[_Game]:
    players, generator = ensemble.players[row], ensemble.generator(row)
    places = np.arange(len(players))
    if options["sides"] == "together":
        return [_Game(places, *coalitions_of(len(places), options["samples"], generator))]
    first = players < ensemble.first.firsts[row]
    each = max(2, options["samples"] // 2)
    return [_Game(own, *coalitions_of(len(own), each, generator)) for own in (places[first], places[~first])]


def _enter(found: SegmentScores, ensemble: Ensemble, row: int, game: _Game, worth: np.ndarray) -> None:
    """worth: [voices, 2 + coalitions], of the whole, of none of the game's players, of each inner coalition."""
    own = ensemble.players[row][game.players]
    for voice, (whole, nothing, *inner) in enumerate(worth):
        gains = np.array(inner) - nothing
        values, error = shapley_values(game.inner, game.weights, gains, whole - nothing, game.draws)
        found.enter(ensemble, row, voice, own, values, error)
        if found.gap is not None and not voice:
            found.gap[row] += values.sum() - (whole - nothing)


def shapley_values(
    coalitions: np.ndarray, weights: np.ndarray, gains: np.ndarray, total: float, draws: Sequence[int] | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The v [n] of least sum of weights * (gains - coalitions v)^2 whose sum is `total`, and their standard errors [n].

    Every player's deviation from total / n adds up to 0, so rows less their mean have the same products with it, and
    the solution of smallest deviation keeps to the constraint by itself.
    coalitions: bool [k, n]; weights, gains: [k]; draws: int [k], as `standard_errors` takes them.
    """
    from yiju.explain.regression import inverse, standard_errors

    count = coalitions.shape[1]
    if not count:
        return np.zeros(0), np.zeros(0)
    equal = total / count
    centred = coalitions - coalitions.mean(axis=1, keepdims=True)
    weighted = centred * weights[:, None]
    beyond = gains - equal * coalitions.sum(axis=1)
    bread = inverse(weighted.T @ centred)
    deviations = bread @ (weighted.T @ beyond)
    residuals = beyond - centred @ deviations
    return equal + deviations, standard_errors(bread, centred, weights * residuals, np.asarray(draws))


def coalitions_of(
    count: int, samples: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At most `samples` coalitions, neither empty nor whole: bool [k, count], their weights [k] and draws int [k].

    draws: one number for a drawn coalition and its complement, -1 for those of sizes that are all there.
    """
    levels = complete_levels(count, samples)
    complete, weights = _complete(count, levels)
    left = level_weights(count)[levels:]
    if not len(left) or samples < len(complete) + 2:
        return complete, weights, np.full(len(complete), -1)
    drawn, times, draws = _drawn(count, levels, samples - len(complete), generator)
    return (
        np.concatenate([complete, drawn]),
        np.concatenate([weights, times * (left.sum() / times.sum())]),
        np.concatenate([np.full(len(complete), -1), draws]),
    )


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


def _drawn(
    count: int, levels: int, samples: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coalitions of the inner levels, at most `samples` different ones, how often each was drawn, and with which."""
    from yiju.explain.coalitions import distinct, random_subsets

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
    chosen, draws = subsets[first], np.arange(len(first))
    return (
        np.concatenate([chosen, ~chosen[smaller]]),
        np.concatenate([times, times[smaller]]).astype(np.float64),
        np.concatenate([draws, draws[smaller]]),
    )
