"""A crowd, slow clients, and the end of the server."""

import asyncio
import json
import signal
import socket
import threading
import time
from collections import Counter
from pathlib import Path

import patience
import pytest
from limited import ASKED
from serving import PATIENT, limited, running
from toys import SENTENCES

from yiju.app.cli import main as yiju
from yiju.app.web.limits import Limits

CROWD = 1000
# What a crowd may cost beyond what the server has at rest, in bytes.
GROWTH = 150 << 20
PAIR = {"q": SENTENCES[0], "t": SENTENCES[1]}


def request(path, body=None, method="POST"):
    data = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


async def exchange(port, sent):
    """Status, headers and body of one request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
    body = await reader.read()
    writer.close()
    return int(head[0].split()[1]), dict(line.split(": ", 1) for line in head[1:] if line), body


def crowd(port, *sent):
    """Answers to 1,000 requests at once, of the given kinds in turn."""

    async def main():
        return await asyncio.gather(*(exchange(port, sent[number % len(sent)]) for number in range(CROWD)))

    return asyncio.run(main())


def test_a_crowd_gets_right_answers_or_is_told_when_to_come_back(server):
    asked = {"explain": request("/api/explain", PAIR | {"matrix": True, "curve": True}), "predict": None}
    asked["predict"] = request("/api/predict", PAIR)
    asked["page"] = request("/", method="GET")
    right = {name: asyncio.run(exchange(server.port, sent)) for name, sent in asked.items()}
    assert {status for status, _, _ in right.values()} == {200}
    before = server.memory()
    for _ in range(2):
        answers = crowd(server.port, *asked.values())
        names = [list(asked)[number % len(asked)] for number in range(CROWD)]
        counts = Counter((name, status) for name, (status, _, _) in zip(names, answers, strict=True))
        assert {status for _, status in counts} <= {200, 429}
        assert counts["page", 200] == names.count("page")
        # Both happen: work is done, and what is too much is refused.
        assert counts["predict", 200] + counts["explain", 200] >= Limits.share
        assert counts["predict", 429] + counts["explain", 429] > 0
        for name, (status, headers, body) in zip(names, answers, strict=True):
            if status == 200:
                assert body == right[name][2]
            else:
                assert int(headers["retry-after"]) >= 1
                assert json.loads(body)["error"]["code"] == "busy"
    assert server.memory() - before < GROWTH
    assert server.post("/api/predict", PAIR).status == 200


def test_slow_clients_block_nobody(server):
    head = b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3 * 100)]
    try:
        for number, one in enumerate(held):
            # Nothing at all, half a head, half a body.
            one.sendall([b"", head, head + b'Content-Length: 100\r\n\r\n{"q"'][number % 3])
        # The server would hold them for minutes: these answers come while it does.
        assert server.get("/").status == 200
        assert server.post("/api/predict", PAIR).status == 200
        for one in held:
            one.setblocking(False)
            with pytest.raises(BlockingIOError):
                one.recv(1)
    finally:
        for one in held:
            one.close()


@pytest.fixture(scope="module")
def hasty(model):
    """Deadlines short enough to wait for and long enough for a busy machine to keep them; few requests a second."""
    with limited(model, rate=0.2, burst=5, head_seconds=2, body_seconds=2, whole_seconds=8) as served:
        yield served


def ending(port, *sent, pause=0.0):
    """What comes back until the server ends the connection, and after how many seconds."""
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=patience.SECONDS) as one:
        found = b""
        try:
            for part in sent:
                one.sendall(part)
                time.sleep(pause)
            while data := one.recv(1 << 16):
                found += data
        except (ConnectionResetError, BrokenPipeError):
            pass
    return found, time.monotonic() - start


def test_who_sends_no_head_is_let_go(hasty):
    for sent in ([], [b"GET / HTTP/1.1\r\n"], [bytes([byte]) for byte in b"GET / HTTP/1.1\r\nHost: l\r\n"]):
        found, seconds = ending(hasty.port, *sent, pause=0.1)
        assert found == b""
        assert seconds > 1


def test_who_sends_half_a_body_is_told(hasty):
    found, _ = ending(hasty.port, request("/api/predict", PAIR)[:-5])
    assert found.startswith(b"HTTP/1.1 408")
    assert b'"code":"late"' in found


def test_a_body_without_a_length_is_bounded_too(server):
    head = request("/api/file?format=tsv").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    found, _ = ending(server.port, head, *[chunk] * 20, b"0\r\n\r\n")
    assert found.startswith(b"HTTP/1.1 413")


def test_who_does_not_read_is_let_go(hasty):
    pages = request("/page.css", method="GET").replace(b"Connection: close\r\n", b"") * 100
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.settimeout(patience.SECONDS)
        one.connect(("127.0.0.1", hasty.port))
        # More answers than the system's buffers hold.
        for _ in range(10):
            one.sendall(pages)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            for _ in range(100):
                time.sleep(0.2)
                one.sendall(pages)
    assert hasty.get("/").status == 200


def test_an_address_has_its_rate(hasty):
    answers = [hasty.post("/api/predict", PAIR) for _ in range(12)]
    refused = [one for one in answers if one.status == 429]
    assert {one.status for one in answers} == {200, 429}
    assert {one.code for one in refused} == {"rate"}
    assert hasty.get("/").status == 200
    seconds = int(refused[-1].headers["retry-after"])
    assert 1 <= seconds <= 5
    time.sleep(seconds)
    assert hasty.post("/api/predict", PAIR).status == 200


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_what_was_begun_is_answered_before_the_end(model, number):
    with limited(model, **PATIENT) as served:
        found = []
        asked = PAIR | {"method": "lime", "options": {"samples": 500}, "matrix": True, "curve": True}
        asking = [threading.Thread(target=lambda: found.append(served.post("/api/explain", asked))) for _ in range(8)]
        for one in asking:
            one.start()
        patience.wait_for(lambda: served.said().count(ASKED) == 8)
        served.process.send_signal(number)
        for one in asking:
            one.join()
        assert [one.status for one in found] == [200] * 8
        # As a shell and systemd know it; Ctrl-C is how a person ends it.
        assert served.process.wait(patience.SECONDS) == (0 if number == signal.SIGINT else -signal.SIGTERM)
        assert "Traceback" not in served.said()


def test_a_server_that_ends_tells_whom_it_cannot_answer(model):
    script = str(Path(__file__).with_name("slow.py"))
    with running(model, command=[script, str(model)]) as served:
        found = []
        asking = [threading.Thread(target=lambda: found.append(served.post("/api/predict", PAIR))) for _ in range(4)]
        for one in asking:
            one.start()
        patience.wait_for(lambda: served.said().count(ASKED) == 4)
        served.process.send_signal(signal.SIGTERM)
        for one in asking:
            one.join()
        assert [(one.status, one.code) for one in found] == [(503, "ending")] * 4
        assert all(int(one.headers["retry-after"]) >= 1 for one in found)
        served.process.wait(patience.SECONDS)
        assert "Traceback" not in served.said()


def test_a_taken_port_is_named_before_the_model_is_loaded(server, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("yiju.app.cli.log_to_stderr", lambda: None)
    with pytest.raises(SystemExit, match="1"):
        yiju(["serve", "--model", str(tmp_path), "--port", str(server.port)])
    assert f"127.0.0.1 port {server.port}: Address already in use; choose others with --host and --port" in caplog.text


def test_an_open_address_is_warned_of(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("yiju.app.cli.log_to_stderr", lambda: None)
    with pytest.raises(SystemExit, match="1"):
        yiju(["serve", "--model", str(tmp_path), "--port", "0", "--host", "0.0.0.0"])
    assert "warning: 0.0.0.0 is open to everybody who reaches this machine, without accounts or TLS" in caplog.text
