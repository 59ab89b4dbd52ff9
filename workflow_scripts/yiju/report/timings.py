"""Time and memory of a run's jobs, by rule."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Timing:
    """All jobs of one rule: seconds in all, peak memory of the largest, devices of any."""

    rule: str
    jobs: int
    seconds: float
    longest: float
    peak_memory_mb: int
    devices: list[str]


def read_timings(folder: Path) -> list[Timing]:
    """Timings that `stage` left in `folder`, slowest rule first; what is missing or not readable is passed over.

    No rule declares these files, as every rule writes one, so a page must do without any of them.
    """
    by_rule: dict[str, list[dict]] = {}
    for path in sorted(folder.glob("*.json")):
        facts = _read(path)
        if facts:
            by_rule.setdefault(facts["rule"], []).append(facts)
    timings = [_timing(rule, jobs) for rule, jobs in by_rule.items()]
    return sorted(timings, key=lambda one: (-one.seconds, one.rule))


def _read(path: Path) -> dict | None:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return facts if {"rule", "seconds", "peak_memory_mb", "devices"} <= facts.keys() else None
    except (OSError, ValueError, AttributeError):
        return None


def _timing(rule: str, jobs: list[dict]) -> Timing:
    seconds = [job["seconds"] for job in jobs]
    devices = sorted({device for job in jobs for device in job["devices"]})
    return Timing(rule, len(jobs), sum(seconds), max(seconds), max(job["peak_memory_mb"] for job in jobs), devices)
