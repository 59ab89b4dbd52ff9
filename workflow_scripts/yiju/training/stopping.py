"""When a training saves, and when it leaves: all processes do either after the same update."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from accelerate import Accelerator

# EX_TEMPFAIL of sysexits.h: not done, and worth another try.
TIME_UP = 75


class Timetable:
    """Decides after every update whether to save and whether to leave, the same in all processes.

    Only the clock of the main process counts: every machine has another one.
    """

    def __init__(
        self,
        save_every: float,
        deadline: float | None,
        accelerator: Accelerator,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """save_every: seconds from the end of one save to the next one. deadline: a reading of `clock`, or None."""
        self.save_every, self.deadline, self.accelerator, self.clock = save_every, deadline, accelerator, clock
        self.saved = clock()

    def after_update(self, stop: list[int]) -> tuple[bool, int]:
        """Whether a save is due, and the status with which all processes are to leave; 0: go on.

        stop: signals that this process received. The status is 128 + the signal that any process received, as shells
        have it, or TIME_UP where the deadline is over.
        """
        main, now = self.accelerator.is_main_process, self.clock()
        late = main and self.deadline is not None and now > self.deadline
        status = 128 + max(stop) if stop else TIME_UP * late
        due = main and now - self.saved >= self.save_every
        if self.accelerator.num_processes > 1:
            mine = torch.tensor([[due, status]], dtype=torch.int64, device=self.accelerator.device)
            due, status = self.accelerator.gather(mine).amax(0).tolist()
        return bool(due), int(status)

    def note_save(self) -> None:
        """A save has just been written; the time to the next one begins."""
        self.saved = self.clock()


@contextmanager
def told_to_stop() -> Iterator[list[int]]:
    """Collect SIGTERM and SIGINT for the length of the block instead of dying in the middle of an update."""
    received: list[int] = []
    previous = {
        number: signal.signal(number, lambda signum, _: received.append(signum))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
