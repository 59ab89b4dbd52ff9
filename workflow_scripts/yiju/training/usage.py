"""What a training makes of its GPUs: peak memory and utilisation, for the timings of its job."""

from __future__ import annotations

from pathlib import Path

import torch
from accelerate import Accelerator

from yiju.base.files import write_json
from yiju.job.gpu_usage import utilization
from yiju.job.stage import USAGE

# Updates between two looks at the GPU's utilisation.
EVERY = 10


class Usage:
    """Peak memory and mean utilisation of every process's GPU; nothing on a CPU, which the job itself measures."""

    def __init__(self, accelerator: Accelerator) -> None:
        self.accelerator = accelerator
        self.on_gpu = accelerator.device.type == "cuda"
        self.looks = self.on_gpu
        self.seen: list[int] = []

    def update(self, number: int) -> None:
        """Look at the GPU now and then."""
        if self.looks and number % EVERY == 0:
            percent = utilization(self.accelerator.device)
            if percent is None:
                self.looks = False
            else:
                self.seen.append(percent)

    def write(self, work: Path) -> None:
        """Write what all processes saw: peak memory in MB and utilisation in per cent, one entry a GPU.

        No utilisation where any GPU does not tell its own.
        """
        if not self.on_gpu:
            return
        mean = sum(self.seen) / len(self.seen) if self.seen else -1
        peak = torch.cuda.max_memory_allocated(self.accelerator.device) / 1e6
        mine = torch.tensor([[peak, mean]], device=self.accelerator.device)
        peaks, means = self.accelerator.gather(mine).T.tolist()
        if self.accelerator.is_main_process:
            known = {"gpu_percent": list(map(round, means))} if min(means) >= 0 else {}
            write_json(work / USAGE, {"gpu_memory_mb": list(map(round, peaks))} | known)
