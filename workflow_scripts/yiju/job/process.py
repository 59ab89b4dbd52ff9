"""What this process has used since it began, its imports included: time, processors, memory."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

LOADED = time.monotonic()
# The place of the start among the fields of /proc/self/stat that follow the program's name, in ticks since the boot.
START = 19


def age() -> float:
    """Seconds since this process began; since this module was loaded where the system has no /proc."""
    stat = Path("/proc/self/stat")
    if not stat.exists():
        return time.monotonic() - LOADED
    # The name stands in brackets, and may hold brackets and spaces itself.
    ticks = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[START]
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(ticks) / os.sysconf("SC_CLK_TCK")


def cpu_seconds() -> float:
    """Processor time of this process and of the children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(times.ru_utime + times.ru_stime for times in used)


def peak_memory() -> int:
    """Peak memory in KiB of this process or of the largest of the children that have ended."""
    return max(_own_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def _own_peak() -> int:
    """Peak memory of this process; Linux's rusage counts what Snakemake held when it started us as well."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().split("\n") if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
