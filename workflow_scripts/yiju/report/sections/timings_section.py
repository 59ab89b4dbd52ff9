"""Time, memory and use of processors and GPUs by a run's jobs, by rule."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Timing:
    """All jobs of one rule: seconds in all, peak memory of the largest (MB), devices of any.

    cpu_percent: processor time by the time of all threads; gpu_percent, gpu_memory_mb: mean utilisation and largest
    peak of the GPUs, None where none was used.
    """

    rule: str
    jobs: int
    seconds: float
    longest: float
    peak_memory_mb: int
    devices: list[str]
    cpu_percent: float
    gpu_percent: float | None
    gpu_memory_mb: int | None


NEEDED = {"rule", "seconds", "cpu_seconds", "threads", "peak_memory_mb", "devices"}


def read_timings(run: Path) -> list[Timing]:
    """Timings that `stage` left in a run's folder and its variants', slowest rule first.

    What is missing or not readable is passed over.

    No rule declares these files, as every rule writes one, so a page must do without any of them.
    """
    by_rule: dict[str, list[dict]] = {}
    for path in sorted([*run.glob("timings/*.json"), *run.glob("variants/*/timings/*.json")]):
        facts = _read(path)
        if facts:
            by_rule.setdefault(facts["rule"], []).append(facts)
    timings = [_timing(rule, jobs) for rule, jobs in by_rule.items()]
    return sorted(timings, key=lambda one: (-one.seconds, one.rule))


def _read(path: Path) -> dict | None:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return facts if facts.keys() >= NEEDED else None
    except (OSError, ValueError, AttributeError):
        return None


def _timing(rule: str, jobs: list[dict]) -> Timing:
    seconds = [job["seconds"] for job in jobs]
    devices = sorted({device for job in jobs for device in job["devices"]})
    reserved = sum(job["seconds"] * job["threads"] for job in jobs)
    busy, memory = ([value for job in jobs for value in job.get(key, [])] for key in ("gpu_percent", "gpu_memory_mb"))
    return Timing(
        *(rule, len(jobs), sum(seconds), max(seconds), max(job["peak_memory_mb"] for job in jobs), devices),
        cpu_percent=100 * sum(job["cpu_seconds"] for job in jobs) / max(reserved, 1e-3),
        gpu_percent=sum(busy) / len(busy) if busy else None,
        gpu_memory_mb=max(memory, default=None),
    )
