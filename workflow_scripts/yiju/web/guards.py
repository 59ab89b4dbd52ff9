"""What stands before the application: every guard is an ASGI application around another."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yiju.web.limits import Limits
from yiju.web.rate import Buckets
from yiju.web.refusal import Refusal

# Nothing from elsewhere, nothing inline, in nobody's frame.
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
UPLOAD = "/api/file"
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
            await refusal.response()(scope, receive, send)

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

    names: host names that the server answers to, None for any: on loopback another site's name that leads here is DNS
    rebinding.
    """

    def __init__(self, inner: ASGIApp, names: Collection[str] | None) -> None:
        super().__init__(inner)
        self.names = names

    async def guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self.names is not None and _name(host) not in self.names:
            raise Refusal(421, "host", f"this server answers to {', '.join(self.names)} only (yiju serve --name)")
        if scope["method"] not in ("GET", "HEAD") and not _same_site(headers, host):
            raise Refusal(403, "origin", "requests of other sites' pages are refused")
        await self.inner(scope, receive, send)


class Bounded(Guard):
    """Bounds how many requests are in the house, and how often an address may have something computed."""

    def __init__(self, inner: ASGIApp, limits: Limits) -> None:
        super().__init__(inner)
        self.limits, self.inside = limits, 0
        self.buckets = Buckets(limits.rate, limits.burst)

    async def guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.inside >= self.limits.in_flight:
            raise Refusal(429, "busy", "too many requests at once; try again in 1 s", 1)
        if scope["method"] == "POST":
            seconds = math.ceil(self.buckets.wait((scope.get("client") or ("",))[0]))
            if seconds:
                raise Refusal(429, "rate", f"too many requests from one address; try again in {seconds} s", seconds)
        self.inside += 1
        try:
            await self.inner(scope, receive, send)
        finally:
            self.inside -= 1


class Whole(Guard):
    """Reads a body within its bounds of size and time before anything else happens, however it is sent."""

    def __init__(self, inner: ASGIApp, limits: Limits) -> None:
        super().__init__(inner)
        self.limits, self.held = limits, 0

    async def guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in ("GET", "HEAD"):
            await self.inner(scope, receive, send)
            return
        upload = scope["path"] == UPLOAD
        if not upload and not _is_json(Headers(scope=scope)):
            raise Refusal(415, "type", "send JSON, with the header Content-Type: application/json")
        body = bytearray()
        try:
            await self._read(receive, body, self.limits.file_bytes if upload else self.limits.json_bytes)
            await self.inner(scope, _replayed(bytes(body), receive), send)
        except ConnectionResetError:
            return
        finally:
            self.held -= len(body)

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


def _is_json(headers: Headers) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _name(host: str) -> str:
    """A Host header without its port, in lower case."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def _same_site(headers: Headers, host: str) -> bool:
    """Whether a request comes from a page of this server, or from no browser at all."""
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return False
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2].lower() == host.lower()
