"""An HTTP server on this machine that misbehaves on request, and a folder to fetch from it into."""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import patience
import pytest

from yiju.base.errors import YijuError
from yiju.data.fetching.fetch import fetch

DATA = "花呗怎么还\t怎么还花呗\t1\n".encode() * 5000
HALF = len(DATA) // 2
CHECKSUM = hashlib.sha256(DATA).hexdigest()
NAME = f"{CHECKSUM[:16]}-train.tsv"
# Asked for the half that is missing, and for everything.
REST, ALL = f"bytes={HALF}-", None
PROXIES = ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")
# Of a request: the handler, and how often its path was asked for, this time included.
Answer = Callable[["Handler", int], None]


class Handler(BaseHTTPRequestHandler):
    """Answers as its server's `answers` say for the path (a proxy's is a whole URL); 404 for others."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Range"]))
        self.server.headers.append(self.headers)
        times = [path for path, _ in self.server.asked].count(self.path)
        self.server.answers.get(self.path.split("?")[0], status(404))(self, times)

    do_HEAD = do_GET

    def log_message(self, *_) -> None:
        pass


class Loopback(ThreadingHTTPServer):
    """Serves while its context lasts. asked: path and Range header of every request; sent: bytes of content.

    gate: what answers wait for that hold their connection open; it opens at the end at the latest.
    """

    daemon_threads = True

    def __init__(self, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.headers: list = []
        self.sent = 0
        self.gate = threading.Event()
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Loopback:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.gate.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_) -> None:
        """A client that was killed or refused the certificate is what some tests are about."""

    @property
    def ranges(self) -> list[str | None]:
        return [asked for _, asked in self.asked]


def content(
    data: bytes = DATA, *, at_once: int | None = None, ranges: bool = True, announced: bool = True, hold: bool = False
) -> Answer:
    """Answer with `data`, or the range of it that is asked for.

    at_once: bytes after which each connection is cut; ranges: whether a Range header is heeded; announced: whether the
    length is told; hold: at the cut, wait for the server's gate, silently.
    """

    def answer(handler: Handler, _: int) -> None:
        asked = handler.headers["Range"] if ranges else None
        begin = int(asked.removeprefix("bytes=").split("-")[0]) if asked else 0
        past = begin >= len(data)
        handler.send_response(416 if past else 206 if asked else 200)
        if asked:
            there = "*" if past else f"{begin}-{len(data) - 1}"
            handler.send_header("Content-Range", f"bytes {there}/{len(data)}")
        if announced:
            handler.send_header("Content-Length", str(len(data[begin:])))
        handler.end_headers()
        piece = data[begin:][:at_once]
        handler.wfile.write(piece)
        handler.wfile.flush()
        handler.server.sent += len(piece)
        if hold:
            handler.server.gate.wait(patience.SECONDS)

    return answer


def held(revision: str, data: bytes = DATA, cut: int | None = None) -> Answer:
    """Answer as the hub: to HEAD with the commit and a name of the content, then with the file.

    cut: bytes after which the connection of the first GET is cut.
    """

    def answer(handler: Handler, times: int) -> None:
        if handler.command == "GET":
            content(data, at_once=cut if times == 2 else None)(handler, times)
            return
        handler.send_response(200)
        handler.send_header("X-Repo-Commit", revision)
        handler.send_header("ETag", f'"{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"')
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()

    return answer


def status(code: int, **headers: str) -> Answer:
    """Answer with a status; `Retry_After="7"` becomes the header Retry-After."""

    def answer(handler: Handler, _: int) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "7")
        handler.end_headers()
        handler.wfile.write(b"<html/>")

    return answer


def in_turn(*answers: Answer) -> Answer:
    """One answer after the other; the last one for ever."""
    return lambda handler, times: answers[min(times, len(answers)) - 1](handler, times)


class Place:
    """A working folder: where downloads are kept and where the file is to appear."""

    def __init__(self, folder: Path) -> None:
        self.downloads, self.out = folder / "downloads", folder / "raw" / "train.tsv"
        self.stored, self.part = self.downloads / NAME, self.downloads / f"{NAME}.part"

    def fetch(self, *urls: str, checksum: str | None = CHECKSUM, **known: str) -> None:
        wanted = {"source": urls[0], "sha256": checksum, "hub": None, "revision": None}
        fetch(wanted, self.out, self.downloads, urls[1:], **known)

    def fails(self, *urls: str, **keywords: str) -> str:
        """The one-line message of a fetch that leaves neither output nor download."""
        with pytest.raises(YijuError) as caught:
            self.fetch(*urls, **keywords)
        assert not self.out.exists()
        assert not self.stored.exists()
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def began(self, data: bytes) -> None:
        """Leave what a broken transfer would have left."""
        self.downloads.mkdir()
        self.part.write_bytes(data)

    @property
    def kept(self) -> list[str]:
        """Names of what the store holds, but for locks."""
        return sorted(file.name for file in self.downloads.iterdir() if not file.name.startswith("."))


def undisturbed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Keep this machine's proxies and certificates out, and sleep through no pause; returns the pauses asked for."""
    pauses: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", pauses.append)
    for name in (*PROXIES, "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    return pauses
