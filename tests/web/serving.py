"""A server process on loopback, and plain HTTP to talk to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from yiju.provenance import SCRIPTS

JSON = {"Content-Type": "application/json"}


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
    """A running server: its process and its port."""

    process: subprocess.Popen
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request on a connection of its own; a body that is no bytes goes as JSON."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
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

    def memory(self) -> int:
        """Resident memory in bytes."""
        told = subprocess.run(["ps", "-o", "rss=", "-p", str(self.process.pid)], capture_output=True, check=True)
        return int(told.stdout) * 1024


@contextmanager
def running(model: Path, *options: str, command: list[str] | None = None) -> Iterator[Served]:
    """`yiju serve` on a free port, or another command that serves, ended at the end of the block."""
    command = command or [sys.executable, "-m", "yiju", "serve", "--model", str(model), "--port", "0", *options]
    env = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    try:
        yield Served(process, _port(process))
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def _port(process: subprocess.Popen) -> int:
    said = ""
    for line in process.stderr:
        said += line
        if found := re.search(r":(\d+) is open", line):
            return int(found[1])
    raise AssertionError(f"the server did not start: {said}")
