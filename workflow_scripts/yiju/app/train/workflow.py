"""Snakemake as a process of its own, with the workflow of this package."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from yiju.base.errors import YijuError
from yiju.base.terminal_language import VARIABLE, spoken_here
from yiju.job.code_version import SCRIPTS
from yiju.job.workflow_files import workflow_folder

# Held while Snakemake runs. Until Snakemake has ended by itself the file holds this word.
LOCK, RUNNING = "train.lock", "running"
# Asked of Snakemake where nothing is to be run: the jobs that there would be.
DRY = ("--dry-run", "--quiet", "host", "reason", "rules")
# Asked of Snakemake where it was killed: what it has locked stays locked otherwise.
UNLOCK = ("--unlock", "--quiet", "all")


# Exit statuses of what the user has stopped, by the terminal and by SIGTERM.
STOPPED, ENDED = 128 + signal.SIGINT, 128 + signal.SIGTERM


def require_snakemake(command: str = "train", extra: str = "workflow") -> None:
    """Raise YijuError where what the workflow runs with is not installed. extra: that brings all of the command."""
    if importlib.util.find_spec("snakemake") is None:
        raise YijuError(
            f"yiju {command} needs snakemake, which is not installed: pip install '.[{extra}]' in the project's folder"
        )


def run_workflow(run: Path, config: Path, cores: str, dry: bool) -> int:
    """Run the workflow to its end, in the folder at hand; its exit status, 130 where the user has stopped it.

    Raises YijuError where another process is at this run.
    """
    command = _snakemake([config], cores)
    with alone(run) as lock:
        if dry:
            return _call([*command, *DRY], lock)
        return _to_its_end(run, command, ["--logger", "yiju"], lock)


def show_jobs(run: Path, configs: Sequence[Path], cores: str, files: Sequence[Path]) -> int:
    """Let Snakemake show the jobs that would make some files of a run, and run none; its exit status.

    Where there is no run yet, none is begun.
    """
    with alone(run) if run.is_dir() else nullcontext() as lock:
        return _call([*_snakemake(configs, cores), *DRY, "--", *map(str, files)], lock)


def make_files(
    run: Path, configs: Sequence[Path], cores: str, files: Sequence[Path], log: Path, lock: int, threads: Mapping
) -> int:
    """Let Snakemake make some files of a run, as `run_workflow` runs it; what it says goes to the log.

    lock: of `alone`, which whoever makes files again and again holds all the time; threads: by rule, where others are
    right than those of a whole run.
    """
    own = ["--nocolor", "--set-threads", *(f"{rule}={number}" for rule, number in threads.items())]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as written:
        return _to_its_end(run, _snakemake(configs, cores), [*own, "--", *map(str, files)], lock, written)


def _snakemake(configs: Sequence[Path], cores: str) -> list[str]:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(workflow_folder() / "Snakefile")]
    files = ["--configfile", *map(str, configs)] if configs else []
    return [*command, "--directory", ".", *files, "--cores", cores, "--rerun-incomplete"]


def _to_its_end(run: Path, command: Sequence[str], own: Sequence[str], lock: int, log: BinaryIO | None = None) -> int:
    """Run Snakemake, after it has given free what it had locked where it was killed."""
    if (run / LOCK).read_text(encoding="utf-8"):
        _call([*command, *UNLOCK], lock, log)
    (run / LOCK).write_text(RUNNING, encoding="utf-8")
    status = _call([*command, *own], lock, log)
    if status >= 0:
        (run / LOCK).write_text("", encoding="utf-8")
    return status


@contextmanager
def alone(run: Path) -> Iterator[int]:
    """Hold a lock of the run, and give its number. Snakemake holds it too, also where this process is killed."""
    run.mkdir(parents=True, exist_ok=True)
    with (run / LOCK).open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            said = "another process is training this run; wait until it has ended, or end it"
            raise YijuError(f"{run}: {said}") from None
        yield file.fileno()


def _call(command: Sequence[str], lock: int | None, log: BinaryIO | None = None) -> int:
    """Exit status of a process, 130 or 143 where the user has stopped it; what ends this process ends it too."""
    held = [] if lock is None else [lock]
    process = subprocess.Popen(command, env=_environment(), pass_fds=held, stdout=log, stderr=log)
    ended: list[int] = []

    def end(number: int, _: object) -> None:
        ended.append(number)
        process.terminate()

    before = signal.signal(signal.SIGTERM, end)
    try:
        status = _waited(process)
        return ENDED if ended and status >= 0 else status
    finally:
        signal.signal(signal.SIGTERM, before)


def _waited(process: subprocess.Popen) -> int:
    """The terminal sends ^C to both processes: Snakemake ends its jobs, and this one waits for it."""
    stopped = False
    while True:
        try:
            status = process.wait()
            return STOPPED if stopped else status
        except KeyboardInterrupt:
            stopped = True


def _environment() -> dict[str, str]:
    """Snakemake and its plugin find the package that this process runs, and speak its language."""
    paths = [str(SCRIPTS), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)), VARIABLE: spoken_here()}
