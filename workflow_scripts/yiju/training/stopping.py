"""Leaving when told to: a signal is noted, and all processes act on it after the same update."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from accelerate import Accelerator


def told_signal(stop: list[int], accelerator: Accelerator) -> int:
    """The signal that any process received, or 0: all leave after the same update."""
    if accelerator.num_processes == 1:
        return max(stop, default=0)
    return int(accelerator.gather(torch.tensor([max(stop, default=0)], device=accelerator.device)).max())


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
