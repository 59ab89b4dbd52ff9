"""How long a training will take and how much disk it needs, said before hours are spent."""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path

import numpy as np

from yiju.base.errors import YijuError

log = logging.getLogger(__name__)
# Updates that are not measured (memory and libraries warm up), and updates that are.
WARMING, MEASURED = 2, 10
# An evaluation takes a forward pass a token; an update without techniques takes about three times that.
PASSES = 3


class Forecast:
    """The estimate of a training's time from its first updates, by the tokens that they held."""

    def __init__(self, name: str, lengths: np.ndarray, updates: int, evaluated: int, every: int) -> None:
        """lengths: tokens of every row; updates: still to be done; evaluated: tokens of all evaluations still to come;
        every: updates after which the work of an update repeats itself (adversarial ones are dearer)."""
        self.name, self.lengths, self.updates = name, lengths, updates
        self.evaluated = evaluated / PASSES
        self.measured = MEASURED * every
        self.seen = self.tokens = 0
        self.started = 0.0

    def update(self, rows: np.ndarray) -> None:
        """Note an update that has just ended; after the last measured one, say how long the training will take."""
        self.seen += 1
        if self.seen == WARMING:
            self.started = time.monotonic()
        elif WARMING < self.seen <= WARMING + self.measured:
            self.tokens += int(self.lengths[rows].sum())
        if self.seen == WARMING + self.measured:
            left = self.updates * len(rows) * self.lengths.mean() + self.evaluated
            seconds = (time.monotonic() - self.started) / self.tokens * left
            log.info("%s: %d updates, about %s in all", self.name, self.updates, _shown(seconds))


def require_disk(name: str, work: Path, needed: int) -> None:
    """Say what the saves of a training will take, and refuse one that the disk cannot hold.

    work: its folder for saves; needed: bytes at most, of which those already written count.
    Raises YijuError where less is free.
    """
    held = sum(path.stat().st_size for path in work.rglob("*") if path.is_file())
    free = shutil.disk_usage(work).free
    log.info("%s: saves of up to %.0f MB in %s, %.1f GB free", name, needed / 1e6, work, free / 1e9)
    if needed > free + held:
        raise YijuError(
            f"{work}: saves of this training need up to {needed / 1e6:.0f} MB and {free / 1e6:.0f} MB are free; "
            "make room, then run the same command again"
        )


def _shown(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
