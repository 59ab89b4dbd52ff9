"""Whether a matrix names what acts together: both ends of its strongest cells are taken away, and of random cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from yiju.base.types import Removal
from yiju.explain.ensemble import Ensemble, Sets
from yiju.explain.links import Block, blocks

# Cells that are taken at either end of a matrix, and random cells beside them.
CELLS, RANDOM = 5, 20
# Links that are taken, and random spans of the same lengths beside each of them.
LINKS, SPANS = 3, 5
NAMES = ("together", "instead", "change", "links")
# Segments of q and segments of t, by their number in their sentence.
Ends = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Asked:
    """What is taken away of a pair: the cells of the highest values above 0, of the lowest below 0, and random ones;
    links, each with random spans beside it, and the sign of each link."""

    highest: list[Ends] = field(default_factory=list)
    lowest: list[Ends] = field(default_factory=list)
    random: list[Ends] = field(default_factory=list)
    links: list[list[Ends]] = field(default_factory=list)
    signs: list[float] = field(default_factory=list)

    @property
    def groups(self) -> list[list[Ends]]:
        """The three kinds of cells, then each link before the spans beside it."""
        return [self.highest, self.lowest, self.random, *self.links]


def matrix_figures(
    ensemble: Ensemble, labels: np.ndarray, matrices: Sequence[np.ndarray], removal: Removal, seed: int
) -> dict[str, np.ndarray]:
    """What the ends of the strongest cells do beyond those of random cells of the same pair: float64 [pairs], by name.

    Of each cell both ends are taken away, and each of them alone: they change f(x), f = log p(label), by f(x) - f(x
    without both), and do together f(x) - f(x without the one) - f(x without the other) + f(x without both).

    together: the mean of what the five cells of the highest values above 0 do together, less that of 20 random cells.
    It should be above 0: without both ends less is lost than the sum of what is lost without either, because each of
    them is of no use without the other. instead: the same of the five lowest values below 0. It should be below 0:
    without both ends more is lost than that sum, because one does what the other would do as long as it is there.
    change: the mean size of the change by the ends of all these cells, less that of the random ones. It should be above
    0 for either sign, but it is also where a single end matters much: the other two decide. links: the mean of what
    both spans of the three strongest links (`yiju.explain.links`) do together, with the sign of the link, less that of
    five random spans of the same lengths. It should be above 0.

    matrices: float64 [q segments, t segments] of each pair, not a number where a cell does not count; seed: of the
    random cells, which are the same for every matrix of a pair. A figure is not a number of a pair that has no such
    cell.
    """
    asked = [_asked(ensemble, row, matrix, seed) for row, matrix in enumerate(matrices)]
    found = np.full((len(NAMES), len(matrices)), np.nan)
    for row, change, joint in _effects(ensemble, labels, asked, removal):
        found[:, row] = _beyond_random(asked[row], change, joint)
    return dict(zip(NAMES, found, strict=True))


def _asked(ensemble: Ensemble, row: int, matrix: np.ndarray, seed: int) -> Asked:
    """Nothing where the matrix knows no cell."""
    generator, read = np.random.default_rng([seed, row]), ensemble.read(row)
    sides = np.flatnonzero(read[: len(matrix)]), np.flatnonzero(read[len(matrix) :])
    if np.isnan(matrix).all():
        return Asked()
    random = generator.permutation(len(sides[0]) * len(sides[1]))[:RANDOM]
    values = np.nan_to_num(matrix)
    links = blocks(values)[:LINKS]
    return Asked(
        _cells(values),
        _cells(-values),
        [(sides[0][[i]], sides[1][[j]]) for i, j in zip(*np.unravel_index(random, list(map(len, sides))), strict=True)],
        [[_ends(one), *(_elsewhere(generator, one, sides) for _ in range(SPANS))] for one in links],
        [float(np.sign(values[one].sum())) for one in links],
    )


def _cells(values: np.ndarray) -> list[Ends]:
    """The ends of the highest values above 0."""
    order = np.argsort(-values, axis=None, kind="stable")[: min(CELLS, int((values > 0).sum()))]
    return [(np.array([i]), np.array([j])) for i, j in zip(*np.unravel_index(order, values.shape), strict=True)]


def _ends(block: Block) -> Ends:
    rows, columns = (np.arange(one.start, one.stop) for one in block)
    return rows, columns


def _elsewhere(generator: np.random.Generator, block: Block, sides: tuple[np.ndarray, np.ndarray]) -> Ends:
    """Random spans of the lengths of both spans, among the segments that were read."""
    lengths = [len(range(one.start, one.stop)) for one in block]
    starts = [
        int(generator.integers(max(1, len(own) - length + 1))) for own, length in zip(sides, lengths, strict=True)
    ]
    q, t = (own[start : start + length] for own, start, length in zip(sides, starts, lengths, strict=True))
    return q, t


def _effects(
    ensemble: Ensemble, labels: np.ndarray, asked: Sequence[Asked], removal: Removal
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """A row, and of all its ends in order what taking both away changes and what they do together: float64 [ends]."""
    ends = [[one for group in own.groups for one in group] for own in asked]
    sets: Iterator[Sets] = ((row, _sets(ensemble, row, ends[row])) for row in ensemble.longest_first() if ends[row])
    with ensemble.evaluating():
        for row, _, logits in ensemble.without(sets, removal):
            worth = ensemble.worth(logits, int(labels[row]))[0]
            q, t, both = worth[1:].reshape(3, -1)
            yield row, worth[0] - both, worth[0] - q - t + both


def _sets(ensemble: Ensemble, row: int, ends: Sequence[Ends]) -> np.ndarray:
    """Nothing, the segments of q of all ends, those of t, and both: bool [1 + 3 * ends, segments]."""
    first, segments = int(ensemble.first.firsts[row]), ensemble.first.shares[row].shape[1]
    q, t = np.zeros((2, len(ends), segments), dtype=bool)
    for place, (one, other) in enumerate(ends):
        q[place, one] = t[place, other + first] = True
    return np.concatenate([np.zeros((1, segments), dtype=bool), q, t, q | t])


def _beyond_random(asked: Asked, change: np.ndarray, joint: np.ndarray) -> list[float]:
    """The figures of a pair, in the order of NAMES."""
    places = np.cumsum([len(group) for group in asked.groups])[:-1]
    highest, lowest, random, *links = np.split(joint, places)
    sizes = np.split(np.abs(change), places)
    strong = np.concatenate(sizes[:2])
    signed = [sign * (own[0] - own[1:].mean()) for sign, own in zip(asked.signs, links, strict=True)]
    both = ((highest, random), (lowest, random), (strong, sizes[2]), (np.array(signed), np.zeros(1)))
    return [own.mean() - others.mean() if len(own) else np.nan for own, others in both]
