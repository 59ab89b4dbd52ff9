"""Waiting for what other threads and processes do. The limit only ends a test that hangs: no load makes it fail."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
SECONDS = 600


def wait_for(condition: Callable[[], T]) -> T:
    """Ask again and again until something true comes; returns it. Raises AssertionError after SECONDS."""
    end = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, f"not within {SECONDS} s"
        time.sleep(0.005)
    return found
