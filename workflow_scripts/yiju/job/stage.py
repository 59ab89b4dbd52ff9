"""The seam to Snakemake: what every rule's script has around its one function call."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from yiju.base.console import Shown, log_to_stderr, readable_errors
from yiju.base.errors import YijuError
from yiju.base.files import fingerprint, sha256, write_json
from yiju.job import output_cache, process, slurm

log = logging.getLogger("yiju")
WORK = Path("results/.work")
JOB, SPENT, USAGE = "job.json", "spent.json", "usage.json"


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
        self.used: dict[str, list[int]] = {}
        # As the process began: to import a library may take longer than to compute with it.
        self.started = time.monotonic() - process.age()

    @cached_property
    def work(self) -> Path:
        """Folder for progress: found again by the same job, not by one with other inputs, settings or code.

        It lies outside the rule's outputs, which Snakemake deletes when a job fails; where jobs have no disk in common,
        a profile names another place by the resource `progress`.
        """
        name = fingerprint(dict(self.wildcards.items()), self._inputs, self.settings, self.params.code)
        folder = Path(self._resource("progress", WORK)) / self.rule / name
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(folder)
        # For whoever looks through left-over progress: see yiju.job.leftovers.
        write_json(folder / JOB, {"rule": self.rule, "log": str(self.log), "settings": self.settings})
        return folder

    @cached_property
    def _inputs(self) -> dict[str, str]:
        return {str(path): sha256(path) for path in self.input}

    @cached_property
    def shared(self) -> Path | None:
        """The folder of results that this job shares with other runs; None where its rule, or nobody, shares any."""
        folder = self._resource("shared", "")
        if not folder:
            return None
        if not Path(folder).is_dir():
            log.warning("%s: no such folder on this machine; the result is computed here and not shared", folder)
            return None
        # It was looked at when the run began, which may be days ago.
        output_cache.require_guarded(Path(folder))
        return Path(folder)

    @cached_property
    def key(self) -> str:
        """The name of this job's result among those that runs share: SHA-256 of all that makes it.

        Files go by name and content; in which run, variant or clone they lie makes no difference.
        """
        named = {name: value for name, value in self.wildcards.items() if name != "variant"}
        inputs = [(Path(path).name, content) for path, content in self._inputs.items()]
        outputs = [Path(path).name for path in self.output]
        made = [self.rule, self.params.code, self.settings, named, inputs, outputs]
        return hashlib.sha256(json.dumps(made, sort_keys=True, default=str).encode()).hexdigest()

    def take_shared(self) -> bool:
        """Take this job's outputs from the results that runs share; whether they were there and unchanged."""
        return self.shared is not None and output_cache.take(self.shared, self.key, list(self.output))

    def share(self) -> None:
        """Let other runs have this job's outputs."""
        if self.shared is not None:
            output_cache.keep(self.shared, self.key, list(self.output))

    @staticmethod
    def folders(files: Iterable[str]) -> list[Path]:
        """The folders that hold some files, each once, in their order."""
        return list(dict.fromkeys(Path(path).parent for path in files))

    def release(self) -> None:
        """Give the progress folder up to whoever does this job next."""
        if "work" in self.__dict__:
            self._lock.close()

    def launch(self, function: Callable, **arguments: Any) -> None:
        """Compute on the devices that this job may use; see `yiju.job.launch`."""
        from yiju.job.gpu_usage import watched
        from yiju.job.launch import launch

        with self._claimed() as gpus, watched(gpus) as self.used:
            launch(function, _plain(arguments | self._machine(gpus)), gpus)

    def train(self, function: Callable, **arguments: Any) -> None:
        """Run a training: beside its arguments it is given the folder of its progress, and the machine that it has.

        It goes through the same launcher as every other computation, on as many nodes as the rule asks for.
        """
        from yiju.job.launch import launch

        deadline = self._deadline()
        trackers = self._resource("trackers", "")
        watched = {
            "deadline": deadline,
            "save_every": 60 * float(self._resource("save_every", 10)),
            "trackers": trackers.split(",") if trackers else [],
            "curves": self.log.parent.parent / "curves" / self.log.stem,
        }
        with self._claimed() as gpus:
            arguments |= {"work": self.work, "machine": self._machine(gpus) | watched}
            try:
                launch(function, _plain(arguments), gpus, nodes=self._resource("nodes", 1))
            except SystemExit:
                if deadline and time.monotonic() >= deadline:
                    slurm.requeue()
                raise

    def _deadline(self) -> float | None:
        """When a training is to save and leave, by the configuration or because the queue will end it; monotonic."""
        # Snakemake keeps fractions in texts only.
        minutes = float(self._resource("max_minutes", 0))
        ends = [self.started + 60 * minutes] if minutes else []
        left = slurm.seconds_left()
        return min([*ends, *([] if left is None else [time.monotonic() + left])], default=None)

    @contextmanager
    def _claimed(self) -> Iterator[list[str]]:
        from yiju.job.devices import claim, locks

        here = self._resource("gpu", 0) // self._resource("nodes", 1)
        with claim(here, self._resource("device", "auto"), locks()) as gpus:
            self.devices = [f"cuda:{gpu}" for gpu in gpus] or ["cpu"]
            yield gpus

    def _machine(self, gpus: list[str]) -> dict:
        return {
            "device": "cuda" if gpus else "cpu",
            # Of each process: there is one for every GPU.
            "threads": max(1, self.threads // max(1, len(gpus))),
            "batch_tokens": self._resource("batch_tokens", 2048),
        }

    def _resource(self, name: str, default: Any) -> Any:
        value = self.resources.get(name, default)
        return default if value is None else value


@contextmanager
def stage(snakemake: Any) -> Iterator[Job]:
    """Surround a rule's work: log file, readable errors, timings; its progress folder goes on success.

    Standard input is empty. A script whose result another run has shared already ends here, with exit status 0.
    """
    job = Job(snakemake)
    log_to_stderr()
    close_stdin()
    job.log.parent.mkdir(parents=True, exist_ok=True)
    job.log.write_text("", encoding="utf-8")
    # Appended to: the workers of a training on several devices write there too.
    handler = logging.FileHandler(job.log, mode="a", encoding="utf-8")
    handler.setFormatter(Shown("%(asctime)s %(message)s", "%H:%M:%S"))
    logging.getLogger("yiju").addHandler(handler)
    try:
        with readable_errors():
            if job.take_shared():
                # Nothing is left to do for the script, whose block this ends before it begins.
                raise SystemExit(0)
            yield job
            job.share()
        _record(job)
        if "work" in job.__dict__:
            shutil.rmtree(job.work)
            job.work.with_suffix(".lock").unlink()
    finally:
        if "work" in job.__dict__ and job.work.is_dir():
            # On a full disk the message that is under way counts, not this.
            with suppress(OSError):
                write_json(job.work / SPENT, _spent(job))
        job.release()
        logging.getLogger("yiju").removeHandler(handler)
        handler.close()


def close_stdin() -> None:
    """Let nothing that a job calls ask a question: what comes in from the terminal, or from `yes`, is no answer."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


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


def _record(job: Job) -> None:
    """Write time, use of the processor and peak memory of a finished job beside the run's logs."""
    peak, spent = process.peak_memory(), _spent(job)
    facts = {
        "rule": job.rule,
        "wildcards": dict(job.wildcards.items()),
        **spent,
        "cpu_percent": round(100 * spent["cpu_seconds"] / max(spent["seconds"], 0.001) / job.threads),
        "peak_memory_mb": round(peak / 1024),
        "threads": job.threads,
        "devices": job.devices or ["cpu"],
        "cores": os.cpu_count(),
        **_read(job, USAGE),
        **job.used,
    }
    write_json(job.log.parent.parent / "timings" / f"{job.log.stem}.json", facts)
    log.info("%s: done in %.1f s, peak memory %d MB", job.rule, spent["seconds"], peak / 1024)


def _spent(job: Job) -> dict[str, float]:
    """Seconds of the job's process and of processors, imports and attempts that were interrupted before included."""
    before = _read(job, SPENT)
    now = {"seconds": time.monotonic() - job.started, "cpu_seconds": process.cpu_seconds()}
    return {key: round(before.get(key, 0) + value, 3) for key, value in now.items()}


def _read(job: Job, name: str) -> dict:
    """A file of figures in the job's progress folder; empty without one."""
    path = job.work / name if "work" in job.__dict__ else None
    return json.loads(path.read_text(encoding="utf-8")) if path and path.exists() else {}


def _plain(value: Any) -> Any:
    """A value as JSON knows it: paths and Snakemake's named lists become strings and lists."""
    if isinstance(value, Path | str):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
