"""What a job makes of its GPU where it computes in this process: peak memory and utilisation, for its timings."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

log = logging.getLogger(__name__)
# Seconds between two looks at the utilisation.
EVERY = 0.5


@contextmanager
def watched(gpus: Sequence[str]) -> Iterator[dict[str, list[int]]]:
    """Yield a dict that at the end of the block holds gpu_memory_mb and, if it was looked at, gpu_percent.

    One entry a GPU, as of a training. Nothing without a GPU, and nothing with several: their work is in other
    processes, which tell of it themselves.
    """
    used: dict[str, list[int]] = {}
    if len(gpus) != 1:
        yield used
        return
    import torch

    seen: list[int] = []
    over = threading.Event()
    watch = threading.Thread(target=_look, args=(seen, over), daemon=True)
    watch.start()
    try:
        yield used
    finally:
        over.set()
        watch.join()
        used["gpu_memory_mb"] = [round(torch.cuda.max_memory_allocated() / 1e6)]
        if seen:
            used["gpu_percent"] = [round(sum(seen) / len(seen))]


def _look(seen: list[int], over: threading.Event) -> None:
    import pynvml
    import torch

    while not over.wait(EVERY):
        try:
            seen.append(torch.cuda.utilization())
        except pynvml.NVMLError as error:
            # A part of a GPU (MIG) has none of its own.
            log.info("the GPU does not tell its utilisation: %s", error)
            return
