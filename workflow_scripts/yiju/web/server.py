"""Serving the page: a socket, the application, and an end that finishes what was begun."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Collection
from functools import partial

import uvicorn

from yiju.errors import YijuError
from yiju.explainer import Explainer
from yiju.web.app import create_app
from yiju.web.connection import Patient
from yiju.web.limits import Limits

log = logging.getLogger(__name__)
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
# Requests at work when the server is told to end have so long to be answered.
GRACE_SECONDS = 10
# Connections that wait to be accepted.
BACKLOG = 2048
WARM = ("今天天气怎么样", "今天的天气好吗")


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to an address. port: 0 for any that is free. Raises YijuError where it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        raise YijuError(f"{host} port {port}: {error.strerror}; choose others with --host and --port") from None
    return bound


def is_loopback(bound: socket.socket) -> bool:
    return ipaddress.ip_address(bound.getsockname()[0]).is_loopback


def serve(explainer: Explainer, bound: socket.socket, limits: Limits, names: Collection[str] = ()) -> None:
    """Answer requests until SIGTERM or SIGINT; requests at work then are still answered.

    names: host names that the server answers to besides those of loopback, where it is bound to loopback.
    """
    known = (*LOOPBACK, bound.getsockname()[0], *map(str.lower, names)) if is_loopback(bound) or names else None
    # Loads what the first request would wait for.
    explainer.curves(explainer.explain([WARM], matrix="gradients"))
    config = uvicorn.Config(
        create_app(explainer, limits, known),
        http=partial(Patient, limits),  # type: ignore[arg-type]
        ws="none",
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    Announced(config).run([bound])


class Announced(uvicorn.Server):
    """Says where it is open, once it is."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        log.info("http://%s:%d is open; Ctrl-C ends it", f"[{host}]" if ":" in host else host, port)
