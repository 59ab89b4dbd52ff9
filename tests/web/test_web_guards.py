"""The guards before the application, called as ASGI, without a network."""

import asyncio
import json

import pytest

from yiju.app.web.app import create_app
from yiju.app.web.guards import Bounded, Home, Whole
from yiju.app.web.limits import Limits
from yiju.app.web.worker import Worker

TYPE = (b"content-type", b"application/json")


class Client:
    """One request to an ASGI application: its body in chunks, then silence, or the end of the connection."""

    def __init__(self, *chunks, then="silence"):
        self.messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
        if then == "end":
            self.messages[-1:] = [{"type": "http.request", "body": chunks[-1], "more_body": False}]
        self.gone, self.sent = then == "gone", []

    async def receive(self):
        if self.messages:
            return self.messages.pop(0)
        if self.gone:
            return {"type": "http.disconnect"}
        return await asyncio.Event().wait()

    async def send(self, message):
        self.sent.append(message)

    async def ask(self, app, method="POST", path="/api/predict", headers=(TYPE,), client="10.0.0.1"):
        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
        scope |= {"headers": [(b"host", b"localhost"), *headers], "client": (client, 1), "http_version": "1.1"}
        scope |= {"scheme": "http", "server": ("localhost", 80), "root_path": ""}
        await app(scope, self.receive, self.send)
        return self

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def headers(self):
        return dict(self.sent[0]["headers"])

    @property
    def json(self):
        return json.loads(b"".join(message.get("body", b"") for message in self.sent[1:]))


async def echo(_, receive, send):
    """An application that answers with the body that it is given."""
    message = await receive()
    assert not message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(message["body"].decode()).encode()})


def test_a_body_comes_in_whole():
    app = Whole(echo, Limits())
    assert asyncio.run(Client(b"a", b"", b"bc", then="end").ask(app)).json == "abc"
    assert app.held == 0


def test_a_body_is_counted_while_it_is_read():
    app = Whole(echo, Limits(json_bytes=10))
    assert asyncio.run(Client(b"x" * 10, then="end").ask(app)).status == 200
    assert asyncio.run(Client(b"x" * 6, b"x" * 5, then="end").ask(app)).status == 413
    assert app.held == 0


def test_a_body_has_its_time():
    app = Whole(echo, Limits(body_seconds=0.05))
    found = asyncio.run(Client(b"x").ask(app))
    assert (found.status, found.json["error"]["code"]) == (408, "late")
    assert app.held == 0


def test_a_client_that_goes_is_not_answered():
    app = Whole(echo, Limits())
    assert asyncio.run(Client(b"x", then="gone").ask(app)).sent == []
    assert app.held == 0


def test_all_bodies_together_are_bounded():
    async def main():
        app = Whole(echo, Limits(held_bytes=10, body_seconds=1000))
        slow = asyncio.create_task(Client(b"x" * 8).ask(app))
        while not app.held:
            await asyncio.sleep(0)
        refused = await Client(b"x" * 8, then="end").ask(app)
        assert (refused.status, refused.headers[b"retry-after"]) == (429, b"1")
        slow.cancel()
        await asyncio.wait([slow])
        assert (await Client(b"x" * 8, then="end").ask(app)).status == 200

    asyncio.run(main())


def test_requests_at_once_are_bounded():
    async def main():
        free = asyncio.Event()

        async def wait(scope, receive, send):
            await free.wait()
            await echo(scope, receive, send)

        app = Bounded(wait, Limits(in_flight=2))
        inside = [asyncio.create_task(Client(b"", then="end").ask(app)) for _ in range(2)]
        await asyncio.sleep(0)
        refused = await Client(b"", then="end").ask(app, method="GET")
        assert (refused.status, refused.headers[b"retry-after"]) == (429, b"1")
        free.set()
        assert [(await one).status for one in inside] == [200, 200]
        assert app.inside == 0

    asyncio.run(main())


def test_addresses_have_rates_of_their_own():
    app = Bounded(echo, Limits(rate=0.1, burst=1))
    first, second, other = (
        asyncio.run(Client(b"", then="end").ask(app, client=client)) for client in ("10.0.0.1", "10.0.0.1", "10.0.0.2")
    )
    assert [one.status for one in (first, second, other)] == [200, 429, 200]
    assert second.headers[b"retry-after"] == b"10"


def test_one_address_does_not_take_all_places():
    async def main():
        free = asyncio.Event()

        async def wait(scope, receive, send):
            await free.wait()
            await echo(scope, receive, send)

        app = Bounded(wait, Limits(address_in_flight=2))
        inside = [asyncio.create_task(Client(b"", then="end").ask(app)) for _ in range(2)]
        await asyncio.sleep(0)
        refused = await Client(b"", then="end").ask(app)
        assert (refused.status, refused.headers[b"retry-after"]) == (429, b"1")
        other = asyncio.create_task(Client(b"", then="end").ask(app, client="10.0.0.2"))
        await asyncio.sleep(0)
        free.set()
        assert [(await one).status for one in [*inside, other]] == [200] * 3
        assert not app.computing

    asyncio.run(main())


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_request_of_two_lengths_is_refused(method):
    lengths = [(b"content-length", b"1"), (b"transfer-encoding", b"chunked")]
    for headers, status in ((lengths, 400), (lengths[:1], 200), (lengths[1:], 200)):
        found = asyncio.run(Client(b"x", then="end").ask(Whole(echo, Limits()), method, headers=(TYPE, *headers)))
        assert found.status == status


@pytest.mark.parametrize(
    ("proxies", "client", "forwarded", "seen"),
    [
        ((), "10.0.0.1", b"1.2.3.4", "10.0.0.1"),
        (("10.0.0.1/32",), "10.0.0.1", b"1.2.3.4", "1.2.3.4"),
        (("10.0.0.0/8",), "10.0.0.1", b"9.9.9.9, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        (("10.0.0.1/32",), "10.0.0.2", b"1.2.3.4", "10.0.0.2"),
    ],
)
def test_only_a_named_proxy_says_who_asks(explainer, monkeypatch, proxies, client, forwarded, seen):
    found = []

    async def run(_, job, address):
        found.append(address)
        return job()

    monkeypatch.setattr("yiju.app.web.worker.Worker.run", run)
    app = create_app(explainer, Limits(), Worker(1, 1, 10.0), ["localhost"], proxies)
    asked = Client(b'{"q": "a", "t": "b"}', then="end")
    headers = (TYPE, (b"x-forwarded-for", forwarded))
    assert asyncio.run(asked.ask(app, headers=headers, client=client)).status == 200
    assert found == [seen]


@pytest.mark.parametrize(
    ("names", "host", "origin", "status"),
    [
        (("localhost",), b"localhost:80", None, 200),
        (("localhost",), b"LocalHost", b"http://localhost", 200),
        (("localhost",), b"localhost.evil.example", None, 421),
        (("localhost",), b"", None, 421),
        (("[::1]",), b"[::1]:8000", None, 200),
        (("page.example",), b"page.example", b"https://page.example", 200),
        # An address cannot be another site's name for this server.
        (("localhost",), b"10.1.2.3:8000", b"http://10.1.2.3:8000", 200),
        (("localhost",), b"[2001:db8::1]", None, 200),
        (("localhost",), b"2001:db8::1", None, 421),
        (("localhost",), b"10.1.2.3.evil.example", None, 421),
        (("page.example",), b"page.example", b"http://other", 403),
        (("page.example",), b"page.example", b"null", 403),
    ],
)
def test_who_is_at_home(names, host, origin, status):
    headers = [(b"host", host)] + ([(b"origin", origin)] if origin else [])

    async def main():
        client = Client(b"", then="end")
        scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
        await Home(echo, names)(scope, client.receive, client.send)
        assert client.status == status

    asyncio.run(main())


def test_a_defect_tells_nothing_of_itself(explainer, monkeypatch):
    monkeypatch.setattr("yiju.app.web.answers.judge", lambda *_: 1 / 0)
    app = create_app(explainer, Limits(), Worker(1, 1, 10.0), ["localhost"])
    client = Client(b'{"q": "a", "t": "b"}', then="end")
    # It goes on to the server, which logs it.
    with pytest.raises(ZeroDivisionError):
        asyncio.run(client.ask(app))
    assert client.status == 500
    assert client.json == {"error": {"code": "defect", "message": "the server made a mistake; its log says which"}}
    assert b"content-security-policy" in client.headers
