"""Leaving when told to: a signal is noted, and all processes act on it after the same update."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from accelerate import Accelerator

# EX_TEMPFAIL of sysexits.h: not done, and worth another try.
TIME_UP = 75


def exit_status(stop: list[int], deadline: float | None, accelerator: Accelerator) -> int:
    """The status with which all processes are to leave after this update; 0: go on.

    128 + the signal that any process received, as shells have it, or TIME_UP where the main process's deadline (of
    time.monotonic, which counts otherwise on every machine) is over.
    """
    over = accelerator.is_main_process and deadline is not None and time.monotonic() > deadline
    late = TIME_UP if over else 0
    mine = 128 + max(stop) if stop else late
    if accelerator.num_processes == 1:
        return mine
    return int(accelerator.gather(torch.tensor([mine], device=accelerator.device)).max())


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
