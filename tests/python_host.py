"""Python with its libraries loaded, which takes most of a short run: one process loads them, each run is a fork of it.

The fork does what `python -m snakemake` or `python script.py` does, in a folder and an environment of its own. Nothing
of yiju is loaded before, so that a run finds the package beside its Snakefile. Snakemake runs from one such process,
and starts the scripts of its jobs in another one, through the program `forked_python`.

    python python_host.py ADDRESS LIBRARY ...    answers calls until its standard input ends
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
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


# Runs that have not been waited for to their end.
RUNNING: set[Forked] = set()


class Loaded:
    """A process that has loaded libraries, as seen from the tests; it ends with this one."""

    def __init__(self, libraries: Sequence[str]) -> None:
        self.folder = tempfile.mkdtemp(prefix="python-host-")
        self.address = f"{self.folder}/socket"
        self.process = subprocess.Popen([sys.executable, __file__, self.address, *libraries], stdin=subprocess.PIPE)
        atexit.register(self.close)

    def close(self) -> None:
        # It ends once all its runs have; a test that failed may have left one.
        for one in list(RUNNING):
            one.kill()
        self.process.communicate()
        shutil.rmtree(self.folder)


loaded = cache(Loaded)


class Forked:
    """A run of `python ARGUMENTS` in a fork, with what the tests use of `subprocess.Popen`."""

    def __init__(
        self,
        address: str,
        arguments: Sequence[str],
        folder: str,
        environment: Mapping[str, str],
        streams: Sequence[int],
    ) -> None:
        self.returncode: int | None = None
        self.connection = socket.socket(socket.AF_UNIX)
        while self.connection.connect_ex(address):
            select.select([], [], [], 0.01)
        call = {"folder": folder, "environment": dict(environment), "arguments": list(arguments)}
        socket.send_fds(self.connection, [b"\n"], list(streams))
        self.connection.sendall(json.dumps(call).encode() + b"\n")
        self.said = self.connection.makefile()
        self.pid = int(self.said.readline())
        RUNNING.add(self)

    def poll(self) -> int | None:
        return self.returncode if not select.select([self.connection], [], [], 0)[0] else self.wait()

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self.connection], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("python", timeout or 0)
            # Nothing, where the process that waits for it was killed.
            self.returncode = int(self.said.read() or "1")
            self.said.close()
            self.connection.close()
            RUNNING.discard(self)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(arguments: Sequence[str], environment: Mapping[str, str], errors: int) -> Forked:
    """Start `python ARGUMENTS` where the libraries of jobs are loaded. errors: the file of standard error."""
    with Path(os.devnull).open("r+b") as nothing:
        streams = [nothing.fileno(), nothing.fileno(), errors]
        return Forked(loaded(JOBS).address, arguments, str(Path.cwd()), environment, streams)


def run_snakemake(folder: Path, environment: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """Exit status of `snakemake ARGUMENTS`, and what it said on both streams."""
    environment = dict(environment) | {ADDRESS: loaded(JOBS).address}
    with tempfile.TemporaryFile() as said, Path(os.devnull).open("rb") as nothing:
        streams = [nothing.fileno(), said.fileno(), said.fileno()]
        command = ["-m", "snakemake", *arguments]
        status = Forked(loaded(SNAKEMAKE).address, command, str(folder), environment, streams).wait()
        said.seek(0)
        return status, said.read().decode("utf-8", "replace")


def serve(address: str, libraries: Sequence[str]) -> None:
    """Answer calls until standard input ends."""
    for name in libraries:
        importlib.import_module(name)
    listener = socket.socket(socket.AF_UNIX)
    # It is there as soon as it answers, never before.
    listener.bind(f"{address}.new")
    listener.listen()
    Path(f"{address}.new").rename(address)
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
    connection.sendall(f"{child}\n".encode())
    threading.Thread(target=_end_with, args=(connection, child), daemon=True).start()
    _, status = os.waitpid(child, 0)
    connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _end_with(connection: socket.socket, child: int) -> None:
    """End a run whose caller is gone, such as a server that a failed test has left."""
    if not connection.recv(1):
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)


def _become(call: dict, streams: Sequence[int]) -> None:
    """Become `python ARGUMENTS`; never returns."""
    os.setsid()
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
    # The ones of this process know other files: whether they can be sought, say.
    sys.stdin = os.fdopen(0, closefd=False, encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", closefd=False, encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False, encoding="utf-8", errors="backslashreplace")
    os.chdir(call["folder"])
    os.environ.clear()
    os.environ.update(call["environment"])
    # Python reads this when it starts.
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
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
