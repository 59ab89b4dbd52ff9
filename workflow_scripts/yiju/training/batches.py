"""The order of training: every epoch another shuffle, every update of similar lengths, all by the seed alone."""

from __future__ import annotations

import numpy as np

# Updates whose rows are sorted by length together: long enough that padding almost vanishes, short enough that the
# mix of rows stays random.
POOL = 50


def epoch_updates(lengths: np.ndarray, batch_size: int, seed: int, epoch: int) -> list[np.ndarray]:
    """Rows of each update of one epoch.

    Shuffled, cut into pools of 50 updates, sorted by length within a pool, cut into updates, and these shuffled.
    Every row occurs exactly once; only the last pool may end in a smaller update.
    """
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(lengths))
    updates = []
    for start in range(0, len(order), POOL * batch_size):
        pool = order[start : start + POOL * batch_size]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        cut = [pool[first : first + batch_size] for first in range(0, len(pool), batch_size)]
        updates += [cut[index] for index in random.permutation(len(cut))]
    return updates


def total_updates(rows: int, batch_size: int, epochs: float) -> int:
    """Updates of a training; a broken epoch counts what it begins."""
    return max(1, int(np.ceil(-(-rows // batch_size) * epochs)))


def share(rows: np.ndarray, rank: int, processes: int) -> np.ndarray:
    """The rows of an update that one of several processes takes: every n-th, so that all get similar lengths."""
    return rows[rank::processes]


def update_seed(seed: int, update: int, rank: int) -> int:
    """Seed of the random numbers of one update in one process.

    Every update is seeded anew, so that a resumed training draws what an undisturbed one would have drawn.
    """
    return int(np.random.SeedSequence([seed, update, rank]).generate_state(1, np.uint64)[0] >> np.uint64(1))
