"""Fetching: a file arrives whole and checked, or not at all."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from yiju import fetching
from yiju.errors import YijuError
from yiju.fetching import fetch

DATA = "好\tb\t1\n".encode() * 1000
CHECKSUM = hashlib.sha256(DATA).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """/good, /moved -> /good, /flaky (503 once), /cut (half of what it announces); anything else is not there."""

    def do_GET(self):
        self.server.asked.append(self.path)
        name = self.path.split("?")[0]
        if name == "/moved":
            self.send_response(302)
            self.send_header("Location", "/good")
            self.end_headers()
        elif name == "/flaky" and self.server.asked.count(self.path) == 1:
            self.send_error(503)
        elif name in ("/good", "/flaky", "/cut"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(DATA)))
            self.end_headers()
            self.wfile.write(DATA[: len(DATA) // 2] if name == "/cut" else DATA)
        else:
            self.send_error(404)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.url = [], f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", ["good", "moved", "flaky", "good?version=2"])
def test_a_good_file_arrives(tmp_path, server, name):
    out = tmp_path / "raw" / "train.tsv"
    fetch(f"{server.url}/{name}", CHECKSUM, out)
    assert out.read_bytes() == DATA
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize(
    ("name", "checksum", "message"),
    [
        ("good", "0" * 64, "nothing was kept. Correct `sha256`, or try again"),
        ("cut", CHECKSUM, "Try again, or download the file by hand"),
        ("none", CHECKSUM, "404"),
    ],
)
def test_a_bad_one_leaves_nothing(tmp_path, server, name, checksum, message):
    out = tmp_path / "raw" / "train.tsv"
    with pytest.raises(YijuError) as caught:
        fetch(f"{server.url}/{name}", checksum, out)
    assert str(caught.value).startswith(f"{server.url}/{name}: ")
    assert message in str(caught.value)
    assert list(out.parent.iterdir()) == []
    assert len(server.asked) == 1 + fetching.RETRIES


def test_a_bad_one_leaves_the_old_file_alone(tmp_path, server):
    out = tmp_path / "train.tsv"
    out.write_bytes(b"old")
    with pytest.raises(YijuError):
        fetch(f"{server.url}/good", "0" * 64, out)
    assert out.read_bytes() == b"old"


def test_nobody_there(tmp_path, server):
    server.server_close()
    with pytest.raises(YijuError, match="Try again, or download the file by hand"):
        fetch(f"{server.url}/good", CHECKSUM, tmp_path / "train.tsv")


def test_a_url_needs_a_checksum(tmp_path, server):
    with pytest.raises(YijuError, match="a URL needs its `sha256`"):
        fetch(f"{server.url}/good", None, tmp_path / "train.tsv")
    assert server.asked == []


@pytest.mark.parametrize("checksum", [None, CHECKSUM])
def test_a_local_file_is_copied(tmp_path, monkeypatch, checksum):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.tsv").write_bytes(DATA)
    fetch("here.tsv", checksum, "raw/train.tsv")
    fetch(str(tmp_path / "here.tsv"), checksum, "raw/again.tsv")
    assert (tmp_path / "raw/train.tsv").read_bytes() == (tmp_path / "raw/again.tsv").read_bytes() == DATA


def test_a_missing_or_other_local_file_is_named(tmp_path):
    out, here = tmp_path / "raw" / "train.tsv", tmp_path / "here.tsv"
    with pytest.raises(YijuError, match=r"here\.tsv: no such file.*publisher.*terms.*put the file there"):
        fetch(str(here), None, out)
    here.write_bytes(b"other")
    with pytest.raises(YijuError, match=rf"here\.tsv: its SHA-256 is .* expected {CHECKSUM}; get the file again"):
        fetch(str(here), CHECKSUM, out)
    assert not out.exists()
    assert not list(out.parent.iterdir())
