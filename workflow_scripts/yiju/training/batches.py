"""The order of training: every epoch is shuffled anew and cut into updates, all by the seed alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# With `by_length`: updates whose rows are sorted by length together. So many that little is padded, so few that an
# update still holds rows of the whole epoch.
POOL = 50


class Update(NamedTuple):
    """All rows of an update, whichever steps and processes they are shared out to, and its seed."""

    rows: np.ndarray
    seed: int


def epoch_updates(lengths: np.ndarray, batch_size: int, seed: int, epoch: int, batches: str) -> list[np.ndarray]:
    """Rows of each update of one epoch, in order of length. Every row occurs exactly once; one update may be smaller.

    lengths: tokens of every row. batches: `random` shuffles the rows and cuts them into updates. `by_length` shuffles
    them, cuts them into pools of 50 updates, sorts each pool by length, cuts it into updates, and shuffles these: less
    is padded, but pairs of one length have one mix of labels. Either way an update is computed in micro-batches of
    similar length (`yiju.training.shapes`).
    """
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(lengths))
    if batches == "random":
        return [_sorted(rows, lengths) for rows in _cut(order, batch_size)]
    updates = []
    for pool in _cut(order, POOL * batch_size):
        cut = _cut(_sorted(pool, lengths), batch_size)
        updates += [cut[index] for index in random.permutation(len(cut))]
    return updates


def total_updates(rows: int, batch_size: int, epochs: float) -> int:
    """Updates of a training; a broken epoch counts what it begins."""
    return max(1, int(np.ceil(updates_of_epoch(rows, batch_size) * epochs)))


def updates_of_epoch(rows: int, batch_size: int) -> int:
    """Updates of one whole epoch."""
    return -(-rows // batch_size)


def share(rows: np.ndarray, rank: int, processes: int) -> np.ndarray:
    """The rows of an update that one of several processes takes: every n-th, so that all get similar lengths."""
    return rows[rank::processes]


def update_seed(seed: int, update: int, rank: int) -> int:
    """Seed of the random numbers of one update in one process.

    Every update is seeded anew, so that a resumed training draws what an undisturbed one would have drawn.
    """
    return int(np.random.SeedSequence([seed, update, rank]).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _sorted(rows: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return rows[np.argsort(lengths[rows], kind="stable")]


def _cut(rows: np.ndarray, size: int) -> list[np.ndarray]:
    """The rows in parts of `size`, the last one perhaps smaller."""
    return [rows[first : first + size] for first in range(0, len(rows), size)]
