"""Serving the page: a socket, the application, and an end that finishes what was begun."""

from __future__ import annotations

import asyncio
import logging
import math
import socket
from collections import Counter
from collections.abc import Collection
from functools import partial

import uvicorn

from yiju.app.explainer import Explainer
from yiju.app.web.app import create_app
from yiju.app.web.connection import TimeoutProtocol
from yiju.app.web.journal import Record, unrecorded
from yiju.app.web.limits import Limits
from yiju.app.web.listening import networks, own_names
from yiju.app.web.worker import Worker

log = logging.getLogger(__name__)
# Seconds in which refusals reach their clients, after the time in which requests are still answered.
LAST_SECONDS = 2
# Connections that wait to be accepted.
BACKLOG = 2048
WARM = ("今天天气怎么样", "今天的天气好吗")


def serve(
    explainer: Explainer,
    bound: socket.socket,
    limits: Limits,
    names: Collection[str] = (),
    proxies: Collection[str] = (),
    against: Explainer | None = None,
    record: Record = unrecorded,
) -> None:
    """Answer requests until SIGTERM or SIGINT.

    Requests that have come in by then are answered for limits.grace_seconds, and the others are told to come back.
    names: host names that the server answers to besides its own; proxies: addresses or networks whose header
    X-Forwarded-For is believed; against: another model, with which the first one is compared; record: writes every
    judgement down before it is served.
    """
    trusted = networks(proxies)
    worker = Worker(limits.queue, limits.share, limits.answer_seconds)
    # Loads what the first request would wait for.
    for one in filter(None, (explainer, against)):
        one.curves(one.explain([WARM], matrix="occlusion"))
    config = uvicorn.Config(
        create_app(explainer, limits, worker, own_names(bound, names), list(map(str, trusted)), against, record),
        http=partial(TimeoutProtocol, limits, Counter(), trusted),  # type: ignore[arg-type]
        ws="none",
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=math.ceil(limits.grace_seconds) + LAST_SECONDS,
    )
    AnnouncedServer(config, worker, limits.grace_seconds).run([bound])


class AnnouncedServer(uvicorn.Server):
    """Says where it is open, once it is, and refuses in time what it cannot answer any more."""

    def __init__(self, config: uvicorn.Config, worker: Worker, grace: float) -> None:
        super().__init__(config)
        self.worker, self.grace = worker, grace

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn would cancel what is left, and answer it with 500.
        asyncio.get_running_loop().call_later(self.grace, self.worker.refuse)
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        log.info("http://%s:%d is open; Ctrl-C ends it", f"[{host}]" if ":" in host else host, port)
