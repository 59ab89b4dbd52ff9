"""One thread that computes, and before it the jobs that wait: few of each address, in fair turns."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from yiju.app.web.refusal import Refusal

T = TypeVar("T")
# Weight of the last job in the mean duration.
NEWEST = 0.2
# Seconds after which the successor of a server that ends is likely to answer.
RESTART = 5


@dataclass(eq=False)
class Asked:
    """A job that somebody waits for. begun: whether it was given to the thread."""

    job: Callable[[], Any]
    answer: asyncio.Future[Any]
    begun: bool = False


class Worker:
    """Runs jobs one after another: the model is one, and its arithmetic takes all cores anyway.

    queue: jobs that may wait, of all addresses together; share: jobs of one address that may wait; patience: seconds
    after which nobody waits for an answer any more. Addresses take turns, so that the many jobs of one address do not
    delay those of another, and an address of which no job waits is always let in. All methods run in the event loop.
    """

    def __init__(self, queue: int, share: int, patience: float) -> None:
        self.queue, self.share, self.patience = queue, share, patience
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="judge")
        self._waiting: OrderedDict[str, deque[Asked]] = OrderedDict()
        self._running: Asked | None = None
        self._ended, self._mean = False, 0.0
        self._companions: list[Worker] = []

    def companion(self) -> Worker:
        """Another worker with the same bounds, for jobs that no judgement shall wait for; it ends with this one."""
        self._companions.append(Worker(self.queue, self.share, self.patience))
        return self._companions[-1]

    async def run(self, job: Callable[[], T], address: str = "", admitted: bool = False) -> T:
        """The result of a job that an address asks for.

        admitted: the job is part of a request that has been let in already. Raises Refusal: 429 where too many jobs
        wait, and 503 where the job took too long or the server ends.
        """
        if self._ended:
            raise _ending()
        if not admitted:
            self._admit(address)
        asked = Asked(job, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(address, deque()).append(asked)
        self._next()
        try:
            async with asyncio.timeout(self.patience):
                return await asked.answer
        except TimeoutError:
            if asked.begun:
                raise Refusal(503, "slow", f"no answer within {self.patience:g} s; shorten the sentences") from None
            raise self._busy(self._count()) from None
        finally:
            self._forget(address, asked)

    def refuse(self) -> None:
        """Take no more jobs, and answer with 503 whoever still waits."""
        self._ended = True
        waiting = [asked for jobs in self._waiting.values() for asked in jobs]
        for asked in [*waiting, *([self._running] if self._running else [])]:
            if not asked.answer.done():
                asked.answer.set_exception(_ending())
        for one in self._companions:
            one.refuse()

    def close(self) -> None:
        """Take no more jobs; the job that runs is not waited for."""
        self.refuse()
        self._pool.shutdown(wait=False, cancel_futures=True)
        for one in self._companions:
            one.close()

    def _admit(self, address: str) -> None:
        own = len(self._waiting.get(address, ()))
        if own >= self.share:
            raise self._busy(own * len(self._waiting))
        if own and self._count() >= self.queue:
            raise self._busy(self._count())

    def _next(self) -> None:
        """Begin the first job of the address whose turn it is, and put this address last."""
        if self._running or not self._waiting or self._ended:
            return
        address, jobs = self._waiting.popitem(last=False)
        asked = jobs.popleft()
        if jobs:
            self._waiting[address] = jobs
        asked.begun, self._running = True, asked
        loop = asyncio.get_running_loop()
        self._pool.submit(self._timed, asked.job).add_done_callback(lambda done: _tell(loop, self._done, asked, done))

    def _timed(self, job: Callable[[], Any]) -> Any:
        start = time.monotonic()
        try:
            return job()
        finally:
            self._mean += NEWEST * (time.monotonic() - start - self._mean)

    def _done(self, asked: Asked, found: Future[Any]) -> None:
        self._running = None
        if not asked.answer.done():
            error = found.exception()
            if error is None:
                asked.answer.set_result(found.result())
            else:
                asked.answer.set_exception(error)
        self._next()

    def _forget(self, address: str, asked: Asked) -> None:
        """Take a job for which nobody waits any more out of the queue, where it is still there."""
        jobs = self._waiting.get(address)
        if jobs is not None and asked in jobs:
            jobs.remove(asked)
            if not jobs:
                del self._waiting[address]

    def _count(self) -> int:
        return sum(map(len, self._waiting.values()))

    def _busy(self, before: int) -> Refusal:
        seconds = max(1, math.ceil(before * self._mean))
        return Refusal(429, "busy", f"too many requests wait for the model; try again in {seconds} s", seconds)


def _tell(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *given: Any) -> None:
    """Call a function in the loop, from the thread; a loop that has ended does not want to know."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(call, *given)


def _ending() -> Refusal:
    return Refusal(503, "ending", f"the server is ending; try again in {RESTART} s", RESTART)
