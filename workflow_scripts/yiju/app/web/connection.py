"""Connections with a deadline: who neither asks nor listens is let go."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from yiju.app.web.limits import Limits
from yiju.app.web.rate import Network, owner, within


class TimeoutProtocol(H11Protocol):
    """uvicorn's connection, which by itself waits for ever: for a request's head, and for a client to read its answer.

    A body has a deadline of its own in `yiju.app.web.guards`, which can still answer. peers: connections of each
    address (see `yiju.app.web.rate.owner`), shared by all connections; proxies: their connections are those of many
    clients.
    """

    def __init__(self, limits: Limits, peers: Counter[str], proxies: Collection[Network], **given: Any) -> None:
        super().__init__(**given)
        self.limits, self.peers, self.proxies = limits, peers, proxies
        self._peer = ""
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        self._peer = owner(address)
        self.peers[self._peer] += 1
        crowded = self.peers[self._peer] > self.limits.address_connections and not within(address, self.proxies)
        if crowded or len(self.connections) > self.limits.connections:
            transport.abort()
        self._end_in(self.limits.head_seconds)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._end_in(self.limits.whole_seconds)

    def on_response_complete(self) -> None:
        before = self.cycle
        super().on_response_complete()
        idle = self.cycle is before and not self.transport.get_write_buffer_size()
        self._end_in(self.limits.head_seconds if idle else self.limits.whole_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._end:
            self._end.cancel()
        self.peers[self._peer] -= 1
        if not self.peers[self._peer]:
            del self.peers[self._peer]
        super().connection_lost(exc)

    def _end_in(self, seconds: float) -> None:
        if self._end:
            self._end.cancel()
        self._end = self.loop.call_later(seconds, self.transport.abort)
