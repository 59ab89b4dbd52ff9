"""Snakemake without its imports, which take half of a dry-run: one process loads it, and every run is a fork of that.

The fork does what `python -m snakemake` does, in a folder, an environment and a process group of its own. Nothing of
yiju is loaded before, so that the run finds the package beside its Snakefile.
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
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

# What every run imports, but for the project.
LOADED = ("snakemake.cli", "snakemake_executor_plugin_slurm", "nbformat", "smart_open", "numpy", "pydantic")


class Host:
    """The process that has loaded Snakemake, as seen from the tests."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="snakemake-host-"))
        self.address = str(self.folder / "socket")
        self.process = subprocess.Popen([sys.executable, __file__, self.address], stdin=subprocess.PIPE)

    def run(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> tuple[int, str]:
        """Exit status of `snakemake ARGUMENTS`, and what it said on both streams."""
        with tempfile.NamedTemporaryFile(dir=self.folder) as said, _connected(self) as connection:
            call = {"folder": str(folder), "environment": dict(environment), "arguments": arguments, "said": said.name}
            connection.sendall(json.dumps(call).encode() + b"\n")
            status = connection.makefile().read()
            return int(status), Path(said.name).read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        """End the process once all runs have ended."""
        self.process.communicate()
        shutil.rmtree(self.folder)


def _connected(host: Host) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    while True:
        with suppress(FileNotFoundError, ConnectionRefusedError):
            connection.connect(host.address)
            return connection
        assert host.process.poll() is None, "Snakemake cannot be loaded"
        select.select([], [], [], 0.01)


def _serve(address: str) -> None:
    """Answer calls until standard input ends."""
    for name in LOADED:
        importlib.import_module(name)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
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
    call = json.loads(connection.makefile().readline())
    child = os.fork()
    if child == 0:
        connection.close()
        _run(call)
    _, status = os.waitpid(child, 0)
    connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _run(call: dict) -> None:
    """Become `python -m snakemake`; never returns."""
    os.setsid()
    os.chdir(call["folder"])
    os.environ.clear()
    os.environ.update(call["environment"])
    said = os.open(call["said"], os.O_WRONLY | os.O_APPEND)
    for stream, file in enumerate((os.open(os.devnull, os.O_RDONLY), said, said)):
        os.dup2(file, stream)
    sys.path[0] = call["folder"]
    sys.argv = ["snakemake", *call["arguments"]]
    status = 0
    try:
        runpy.run_module("snakemake", run_name="__main__", alter_sys=True)
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
    _serve(sys.argv[1])
