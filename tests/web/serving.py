"""A server process on loopback, and plain HTTP to talk to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import patience
from python_host import Forked, start

from yiju.job.code_version import SCRIPTS

JSON = {"Content-Type": "application/json"}
TESTS = SCRIPTS.parent / "tests"
# No request is given up, however slow the machine is.
PATIENT = dict.fromkeys(("head_seconds", "body_seconds", "answer_seconds", "whole_seconds"), patience.SECONDS)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return self.json["error"]["code"]


@dataclass
class Served:
    """A running server: its process, its port, and the file that it writes its standard error to."""

    process: Forked
    port: int
    errors: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request on a connection of its own; a body that is no bytes goes as JSON."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=patience.SECONDS)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body, given = json.dumps(body).encode(), JSON | given
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        return self.ask("POST", path, body, **headers)

    def said(self) -> str:
        """What it wrote to standard error so far."""
        return self.errors.read_text(encoding="utf-8")

    def memory(self) -> int:
        """Resident memory in bytes."""
        told = subprocess.run(["ps", "-o", "rss=", "-p", str(self.process.pid)], capture_output=True, check=True)
        return int(told.stdout) * 1024


@contextmanager
def running(model: Path, *options: str, command: list[str] | None = None) -> Iterator[Served]:
    """`yiju serve` on a free port, or another script of Python that serves, ended at the end of the block."""
    command = command or ["-m", "yiju", "serve", "--model", str(model), "--port", "0", *options]
    paths = [str(SCRIPTS), str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    with tempfile.NamedTemporaryFile() as errors:
        process = start(command, env, errors.fileno())
        served = Served(process, 0, Path(errors.name))
        try:
            served.port = _port(served)
            yield served
        finally:
            process.kill()
            process.wait()


def limited(model: Path, **limits: float) -> AbstractContextManager[Served]:
    """A server with other limits than `yiju serve` has (tests/web/limited.py)."""
    return running(model, command=[str(TESTS / "web/limited.py"), str(model), json.dumps(limits)])


def _port(served: Served) -> int:
    patience.wait_for(lambda: " is open" in served.said() or served.process.poll() is not None)
    found = re.search(r":(\d+) is open", served.said())
    assert found, f"the server did not start: {served.said()}"
    return int(found[1])
