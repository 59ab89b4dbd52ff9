"""The seam to Snakemake: what every rule's script has around its one function call."""

from __future__ import annotations

import fcntl
import logging
import os
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from yiju.console import log_to_stderr, readable_errors
from yiju.errors import YijuError
from yiju.provenance import fingerprint, sha256, write_json

log = logging.getLogger("yiju")
RESULTS = Path("results")


class Job:
    """One job of the workflow, as its script sees it."""

    def __init__(self, snakemake: Any) -> None:
        self.rule: str = snakemake.rule
        self.input = snakemake.input
        self.output = snakemake.output
        self.params = snakemake.params
        self.wildcards = snakemake.wildcards
        self.threads: int = snakemake.threads
        self.resources = snakemake.resources
        self.log = Path(snakemake.log[0])
        self.settings: dict = dict(getattr(snakemake.params, "settings", {}))
        self.devices: list[str] = []

    @cached_property
    def work(self) -> Path:
        """Folder for progress: found again by the same job, not by one with other inputs, settings or code.

        It lies outside the rule's outputs, which Snakemake deletes when a job fails.
        """
        inputs = {str(path): sha256(path) for path in self.input}
        name = fingerprint(dict(self.wildcards.items()), inputs, self.settings, self.params.code)
        folder = RESULTS / ".work" / self.rule / name
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(folder)
        return folder

    def release(self) -> None:
        """Give the progress folder up to whoever does this job next."""
        if "work" in self.__dict__:
            self._lock.close()

    def launch(self, function: Callable, **arguments: Any) -> None:
        """Run a training on the devices that this job may use; see `yiju.launch`."""
        from yiju.devices import claim
        from yiju.launch import launch

        with claim(self._resource("gpu", 0), self._resource("device", "auto"), RESULTS / ".work" / "gpus") as gpus:
            self.devices = [f"cuda:{gpu}" for gpu in gpus] or ["cpu"]
            arguments |= {
                "device": "cuda" if gpus else "cpu",
                "threads": self.threads,
                "batch_tokens": self._resource("batch_tokens", 2048),
            }
            launch(function, {key: _plain(value) for key, value in arguments.items()}, gpus)

    def _resource(self, name: str, default: Any) -> Any:
        value = self.resources.get(name, default)
        return default if value is None else value


@contextmanager
def stage(snakemake: Any) -> Iterator[Job]:
    """Surround a rule's work: log file, readable errors, timings; its progress folder goes on success."""
    job = Job(snakemake)
    log_to_stderr()
    job.log.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(job.log, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logging.getLogger("yiju").addHandler(handler)
    started = time.monotonic()
    try:
        with readable_errors():
            yield job
        _record(job, time.monotonic() - started)
        if "work" in job.__dict__:
            shutil.rmtree(job.work)
            job.work.with_suffix(".lock").unlink()
    finally:
        job.release()
        logging.getLogger("yiju").removeHandler(handler)
        handler.close()


def _lock(folder: Path) -> IO[str]:
    """Claim a progress folder: a killed Snakemake leaves its job running, and two must not write there."""
    file = folder.with_suffix(".lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise YijuError(
            f"{folder}: process {file.read().strip()} is still at this job, left over from a killed Snakemake; "
            "wait for it or end it, then run the same command again"
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _record(job: Job, seconds: float) -> None:
    """Write time and peak memory of a finished job beside the run's logs."""
    peak = max(_own_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    facts = {
        "rule": job.rule,
        "wildcards": dict(job.wildcards.items()),
        "seconds": round(seconds, 3),
        "peak_memory_mb": round(peak / 1024),
        "threads": job.threads,
        "devices": job.devices or ["cpu"],
        "cores": os.cpu_count(),
    }
    write_json(job.log.parent.parent / "timings" / f"{job.log.stem}.json", facts)
    log.info("%s: done in %.1f s, peak memory %d MB", job.rule, seconds, peak / 1024)


def _own_peak() -> int:
    """Peak memory of this process in KiB; Linux's rusage counts what Snakemake held when it started us as well."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().split("\n") if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _plain(value: Any) -> Any:
    """A value as JSON knows it: paths and Snakemake's named lists become strings and lists."""
    if isinstance(value, Path | str):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
