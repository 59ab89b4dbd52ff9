"""What stands before the application: every guard is an ASGI application around another."""

from __future__ import annotations

import asyncio
import ipaddress
import math
from collections import Counter
from collections.abc import Collection
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yiju.app.web.bodies import PAIR, RANKING, check_file, check_json
from yiju.app.web.limits import Limits
from yiju.app.web.page_language import language_of
from yiju.app.web.rate import Buckets, owner
from yiju.app.web.refusal import Refusal

# Content security policy: same origin, no inline, no framing.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
UPLOADS = ("/api/file", "/api/columns")
# The second and third are where clients of Cohere and Jina ask.
RERANK = ("/rerank", "/v1/rerank", "/v2/rerank")
# Of a body that is too large, so much and so long is read on, for the answer to reach a client that is still sending.
DRAINED, DRAIN_SECONDS = 4 << 20, 2.0


class Guard:
    """Lets a request pass to the application within, or answers it with a Refusal."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        try:
            await self.guarded(scope, receive, send)
        except Refusal as refusal:
            await refusal.response(language_of(scope))(scope, receive, send)

    async def guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise NotImplementedError


class Sealed(Guard):
    """Puts HEADERS on every answer, and forbids to store those of the API."""

    async def guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.inner(scope, receive, sealed)


class Home(Guard):
    """Refuses requests that a page of another site has made a browser send.

    names: host names that the server answers to. A name of another site that leads to this server's address is DNS
    rebinding, wherever the server listens; an address in the place of a name cannot be that.
    """

    def __init__(self, inner: ASGIApp, names: Collection[str]) -> None:
        super().__init__(inner)
        self.names = names

    async def guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        name = _name(host)
        if name not in self.names and not _is_address(name):
            known = ", ".join(("its address", *self.names))
            raise Refusal(421, "host", f"this server answers to {known} only; yiju serve --name adds a name")
        if scope["method"] not in ("GET", "HEAD") and not _same_site(headers, host):
            raise Refusal(403, "origin", "requests of other sites' pages are refused")
        await self.inner(scope, receive, send)


class Bounded(Guard):
    """Bounds how many requests are answered at once, and how much and how often an address may have computed."""

    def __init__(self, inner: ASGIApp, limits: Limits) -> None:
        super().__init__(inner)
        self.limits, self.inside = limits, 0
        self.computing: Counter[str] = Counter()
        self.buckets = Buckets(limits.rate, limits.burst)

    async def guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.inside >= self.limits.in_flight:
            raise Refusal(429, "busy", "too many requests at once; try again in 1 s", 1)
        computes, who = scope["method"] == "POST", owner((scope.get("client") or ("",))[0])
        if computes:
            self._admit(who)
        self.inside += 1
        self.computing[who] += computes
        try:
            await self.inner(scope, receive, send)
        finally:
            self.inside -= 1
            self.computing[who] -= computes
            if not self.computing[who]:
                # Addresses without a request are not remembered.
                del self.computing[who]

    def _admit(self, who: str) -> None:
        if self.computing[who] >= self.limits.address_in_flight:
            raise Refusal(429, "busy", "too many requests at once from one address; try again in 1 s", 1)
        seconds = math.ceil(self.buckets.wait(who))
        if seconds:
            raise Refusal(429, "rate", f"too many requests from one address; try again in {seconds} s", seconds)


class Whole(Guard):
    """Reads a body within its bounds of size and time before anything else happens, however it is sent."""

    def __init__(self, inner: ASGIApp, limits: Limits) -> None:
        super().__init__(inner)
        self.limits, self.held = limits, 0

    async def guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if "content-length" in headers and "transfer-encoding" in headers:
            # A proxy that believes the other header would take part of the body for the next request.
            raise Refusal(400, "length", "send either Content-Length or Transfer-Encoding, not both")
        if scope["method"] in ("GET", "HEAD"):
            await self.inner(scope, receive, send)
            return
        most = self._most(scope["path"])
        body = bytearray()
        try:
            await self._read(receive, body, most)
            await self.inner(scope, _replayed(bytes(body), receive), send)
        except ConnectionResetError:
            return
        finally:
            self.held -= len(body)

    def _most(self, path: str) -> int:
        """Bytes of a body."""
        if path in UPLOADS:
            return self.limits.file_bytes
        return self.limits.rank_bytes if path in RERANK else self.limits.json_bytes

    async def _read(self, receive: Receive, body: bytearray, most: int) -> None:
        """Raises Refusal, or ConnectionResetError where the client has gone."""
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                while True:
                    data, more = await _next(receive)
                    if len(body) + len(data) > most:
                        await _drain(receive, more)
                        raise Refusal(413, "too_large", f"the request is larger than {most:,} bytes")
                    if self.held + len(data) > self.limits.held_bytes:
                        raise Refusal(429, "busy", "too many requests at once; try again in 1 s", 1)
                    body += data
                    self.held += len(data)
                    if not more:
                        return
        except TimeoutError:
            raise Refusal(
                408, "late", f"the request took more than {self.limits.body_seconds:g} s to come in"
            ) from None


class Readable(Guard):
    """Refuses a body that is not what its path takes; stands within `Whole`, which has read it.

    paths: those that take a body, by POST; whatever else is asked for, the application within answers.
    """

    def __init__(self, inner: ASGIApp, paths: Collection[str]) -> None:
        super().__init__(inner)
        self.paths = paths

    async def guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST" or scope["path"] not in self.paths:
            await self.inner(scope, receive, send)
            return
        body, _ = await _next(receive)
        if scope["path"] in UPLOADS:
            check_file(Headers(scope=scope), body)
        else:
            check_json(Headers(scope=scope), body, RANKING if scope["path"] in RERANK else PAIR)
        await self.inner(scope, _replayed(body, receive), send)


async def _next(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ConnectionResetError
    return message.get("body", b""), message.get("more_body", False)


async def _drain(receive: Receive, more: bool) -> None:
    drained = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while more and drained < DRAINED:
                data, more = await _next(receive)
                drained += len(data)


def _replayed(body: bytes, receive: Receive) -> Receive:
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def replay() -> Message:
        return next(messages, None) or await receive()

    return replay


def _name(host: str) -> str:
    """A Host header without its port, in lower case."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def _is_address(name: str) -> bool:
    """Whether a host is written as an IPv4 address, or as an IPv6 address in brackets."""
    try:
        return ipaddress.ip_address(name.removeprefix("[").removesuffix("]")).version == (6 if name[:1] == "[" else 4)
    except ValueError:
        return False


def _same_site(headers: Headers, host: str) -> bool:
    """Whether a request comes from a page of this server, or from no browser at all."""
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2].lower() == host.lower()
