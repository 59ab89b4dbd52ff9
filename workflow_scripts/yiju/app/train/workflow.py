"""Snakemake as a process of its own, with the workflow of this package."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.base.terminal_language import VARIABLE, spoken_here
from yiju.job.code_version import SCRIPTS
from yiju.job.workflow_files import workflow_folder

# Held while Snakemake runs. Until Snakemake has ended by itself the file holds this word.
LOCK, RUNNING = "train.lock", "running"
# Asked of Snakemake where it was killed: what it has locked stays locked otherwise.
UNLOCK = ("--unlock", "--quiet", "all")


def require_snakemake() -> None:
    """Raise YijuError where what the workflow runs with is not installed."""
    if importlib.util.find_spec("snakemake") is None:
        raise YijuError(
            "yiju train needs snakemake, which is not installed: pip install '.[workflow]' in the project's folder"
        )


def run_workflow(run: Path, config: Path, cores: str, dry: bool) -> int:
    """Run the workflow to its end, in the folder at hand; its exit status, 130 where the user has stopped it.

    Raises YijuError where another process is at this run.
    """
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(workflow_folder() / "Snakefile")]
    command += ["--directory", ".", "--configfile", str(config), "--cores", cores, "--rerun-incomplete"]
    with _alone(run) as lock:
        if dry:
            return _call([*command, "--dry-run", "--quiet", "host", "reason", "rules"], lock)
        if (run / LOCK).read_text(encoding="utf-8"):
            _call([*command, *UNLOCK], lock)
        (run / LOCK).write_text(RUNNING, encoding="utf-8")
        status = _call([*command, "--logger", "yiju"], lock)
        if status >= 0:
            (run / LOCK).write_text("", encoding="utf-8")
        return status


@contextmanager
def _alone(run: Path) -> Iterator[int]:
    """Hold a lock of the run, and give its number. Snakemake holds it too, also where this process is killed."""
    run.mkdir(parents=True, exist_ok=True)
    with (run / LOCK).open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            said = "another process is training this run; wait until it has ended, or end it"
            raise YijuError(f"{run}: {said}") from None
        yield file.fileno()


def _call(command: Sequence[str], lock: int) -> int:
    """Exit status of a process, 130 where the user has stopped it; what ends this process ends it too."""
    process = subprocess.Popen(command, env=_environment(), pass_fds=[lock])
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        return _waited(process)
    finally:
        signal.signal(signal.SIGTERM, before)


def _waited(process: subprocess.Popen) -> int:
    """The terminal sends ^C to both processes: Snakemake ends its jobs, and this one waits for it."""
    stopped = False
    while True:
        try:
            status = process.wait()
            return 130 if stopped else status
        except KeyboardInterrupt:
            stopped = True


def _environment() -> dict[str, str]:
    """Snakemake and its plugin find the package that this process runs, and speak its language."""
    paths = [str(SCRIPTS), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)), VARIABLE: spoken_here()}
