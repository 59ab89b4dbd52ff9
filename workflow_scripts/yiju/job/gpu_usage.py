"""What a job makes of its GPU where it computes in this process: peak memory and utilisation, for its timings."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

log = logging.getLogger(__name__)
# Seconds between two looks at the utilisation.
EVERY = 0.5


@contextmanager
def watched(gpus: Sequence[str]) -> Iterator[dict[str, list[int]]]:
    """Yield a dict that at the end of the block holds gpu_memory_mb and, if it was looked at, gpu_percent.

    One entry a GPU, as of a training. Nothing without a GPU, and nothing with several: their work is in other
    processes, which report it themselves.
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


def utilization(device: Any = None) -> int | None:
    """Utilisation of a GPU (torch's device, or the current one) in per cent; None where it is not known.

    A part of a GPU (MIG) has none of its own, a driver may refuse it, NVML or its Python package may be missing. The
    errors differ by driver and version of torch, and no figure of the timings is worth a training.
    """
    import torch

    try:
        return torch.cuda.utilization(device)
    except Exception as error:
        log.info("the utilisation of the GPU is not known: %s", error)
        return None


def _look(seen: list[int], over: threading.Event) -> None:
    while not over.wait(EVERY):
        percent = utilization()
        if percent is None:
            return
        seen.append(percent)
