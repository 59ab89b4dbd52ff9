"""What a training makes of its GPUs: peak memory and utilisation, for the timings of its job."""

from __future__ import annotations

from pathlib import Path

import torch
from accelerate import Accelerator

from yiju.provenance import write_json
from yiju.stage import USAGE

# Updates between two looks at the GPU's utilisation.
EVERY = 10


class Usage:
    """Peak memory and mean utilisation of every process's GPU; nothing on a CPU, which the job itself measures."""

    def __init__(self, accelerator: Accelerator) -> None:
        self.accelerator = accelerator
        self.on_gpu = accelerator.device.type == "cuda"
        self.seen: list[int] = []

    def update(self, number: int) -> None:
        """Look at the GPU now and then."""
        if self.on_gpu and number % EVERY == 0:
            self.seen.append(torch.cuda.utilization(self.accelerator.device))

    def write(self, work: Path) -> None:
        """Write what all processes saw: peak memory in MB and utilisation in per cent, one entry a GPU."""
        if not self.on_gpu:
            return
        mean = sum(self.seen) / max(1, len(self.seen))
        peak = torch.cuda.max_memory_allocated(self.accelerator.device) / 1e6
        mine = torch.tensor([[peak, mean]], device=self.accelerator.device)
        peaks, means = self.accelerator.gather(mine).T.tolist()
        if self.accelerator.is_main_process:
            rounded = {"gpu_memory_mb": list(map(round, peaks)), "gpu_percent": list(map(round, means))}
            write_json(work / USAGE, rounded)
