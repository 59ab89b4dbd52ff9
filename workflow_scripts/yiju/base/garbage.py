"""Python's garbage collector, while libraries are loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """For the length of the block, which loads what stays to the end of the process, no garbage is looked for.

    The collector would walk through all objects of torch and transformers again and again, a sixth of the time that
    importing them takes. What the block leaves is exempt from later collections too (`gc.freeze`).
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()
