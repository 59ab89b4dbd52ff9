"""Python with its libraries loaded, which takes most of a short run: one process loads them, each run is a fork of it.

The fork does what `python -m snakemake` or `python script.py` does, in a folder and an environment of its own. Nothing
of yiju is loaded before, so that a run finds the package beside its Snakefile. Snakemake runs from one such process,
and starts the scripts of its jobs in another one, through the program `forked_python`.

    python python_host.py ADDRESS LIBRARY ...    answers calls until its standard input ends
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

# Where the scripts of jobs are run: the address of the other process, for `forked_python`.
ADDRESS = "YIJU_TEST_PYTHON"
FORKED = Path(__file__).with_name("forked_python")
# What every run of Snakemake imports, but for the project, and what most jobs import.
SNAKEMAKE = ("snakemake.cli", "snakemake_executor_plugin_slurm", "nbformat", "smart_open", "numpy", "pydantic")
JOBS = (
    *("torch", "transformers.models.bert.modeling_bert", "transformers.models.auto.modeling_auto", "accelerate"),
    *("polars", "scipy.optimize", "scipy.stats", "scipy.sparse", "snakemake.script", "tqdm", "pydantic", "jinja2"),
)
# Of a folder that the run belongs to, not of this process.
BASE = [place for place in sys.path[1:] if place not in os.environ.get("PYTHONPATH", "").split(os.pathsep)]


class Host:
    """The two processes, as seen from the tests; they start with the first run."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="python-host-"))
        self.processes: list[subprocess.Popen] = []

    def run(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> tuple[int, str]:
        """Exit status of `snakemake ARGUMENTS`, and what it said on both streams."""
        if not self.processes:
            self.processes = [self._start("snakemake", SNAKEMAKE), self._start("jobs", JOBS)]
        environment = dict(environment) | {ADDRESS: str(self.folder / "jobs")}
        with tempfile.TemporaryFile(dir=self.folder) as said, open(os.devnull, "rb") as nothing:
            streams = [nothing.fileno(), said.fileno(), said.fileno()]
            status = ask(self.folder / "snakemake", ["-m", "snakemake", *arguments], str(folder), environment, streams)
            said.seek(0)
            return status, said.read().decode("utf-8", "replace")

    def close(self) -> None:
        """End the processes once all runs have ended."""
        for process in self.processes:
            process.communicate()
        shutil.rmtree(self.folder)

    def _start(self, name: str, libraries: Sequence[str]) -> subprocess.Popen:
        command = [sys.executable, __file__, str(self.folder / name), *libraries]
        return subprocess.Popen(command, stdin=subprocess.PIPE)


def ask(
    address: str | Path, arguments: Sequence[str], folder: str, environment: Mapping[str, str], streams: Sequence[int]
) -> int:
    """Run `python ARGUMENTS` in a fork of the process at an address, once it answers; returns the exit status."""
    with socket.socket(socket.AF_UNIX) as connection:
        while connection.connect_ex(str(address)):
            select.select([], [], [], 0.01)
        call = {"folder": folder, "environment": dict(environment), "arguments": list(arguments)}
        socket.send_fds(connection, [b"\n"], list(streams))
        connection.sendall(json.dumps(call).encode() + b"\n")
        status = connection.makefile().read()
    return int(status or "1")


def serve(address: str, libraries: Sequence[str]) -> None:
    """Answer calls until standard input ends."""
    for name in libraries:
        importlib.import_module(name)
    listener = socket.socket(socket.AF_UNIX)
    # It is there as soon as it answers, never before.
    listener.bind(f"{address}.new")
    listener.listen()
    os.rename(f"{address}.new", address)
    while sys.stdin not in (ready := select.select([listener, sys.stdin], [], [], 1)[0]):
        _reap(os.WNOHANG)
        if ready:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _answer(connection)
            connection.close()
    _reap(0)


def _reap(options: int) -> None:
    """Take leave of children that have ended, so that their processor time counts as ours."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, options)[0]:
            pass


def _answer(connection: socket.socket) -> None:
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    call = json.loads(connection.makefile().readline())
    child = os.fork()
    if child == 0:
        connection.close()
        _become(call, streams)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    # As a shell tells that a signal ended its command.
    connection.sendall(str(code if code >= 0 else 128 - code).encode())
    os._exit(0)


def _become(call: dict, streams: Sequence[int]) -> None:
    """Become `python ARGUMENTS`; never returns."""
    os.setsid()
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
    os.chdir(call["folder"])
    os.environ.clear()
    os.environ.update(call["environment"])
    first, *others = call["arguments"]
    module = others.pop(0) if first == "-m" else None
    own = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    sys.path[:] = [call["folder"] if module else str(Path(first).parent), *own, *BASE]
    sys.argv = [first, *others]
    if module == "snakemake":
        # Where Snakemake looks for the Python that runs the scripts.
        sys.executable = str(FORKED)
    status = 0
    try:
        if module:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(first, run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2:])
