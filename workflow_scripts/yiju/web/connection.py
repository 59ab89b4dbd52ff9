"""Connections with a deadline: who neither asks nor listens is let go."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from yiju.web.limits import Limits


class Patient(H11Protocol):
    """uvicorn's connection, which by itself waits for ever: for a request's head, and for a client to read its answer.

    A body has a deadline of its own in `yiju.web.guards`, which can still answer.
    """

    def __init__(self, limits: Limits, **given: Any) -> None:
        super().__init__(**given)
        self.limits = limits
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
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
        super().connection_lost(exc)

    def _end_in(self, seconds: float) -> None:
        if self._end:
            self._end.cancel()
        self._end = self.loop.call_later(seconds, self.transport.abort)
