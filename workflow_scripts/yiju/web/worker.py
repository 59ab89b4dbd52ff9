"""One thread that computes, and a queue of bounded length before it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from yiju.web.refusal import Refusal

T = TypeVar("T")
# Weight of the last job in the mean duration.
NEWEST = 0.2


class Worker:
    """Runs jobs one after another: the model is one, and its arithmetic takes all cores anyway.

    queue: jobs that may wait or run; patience: seconds after which nobody waits for an answer any more.
    """

    def __init__(self, queue: int, patience: float) -> None:
        self.queue, self.patience = queue, patience
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="judge")
        self._asked, self._mean = 0, 0.0

    async def run(self, job: Callable[[], T], admitted: bool = False) -> T:
        """The result of a job. Raises Refusal, 429 at a full queue and 503 where it took too long.

        admitted: part of a request that has been let in already.
        """
        if self._asked >= self.queue and not admitted:
            raise self._busy()
        begun = False

        def timed() -> T:
            nonlocal begun
            begun, start = True, time.monotonic()
            try:
                return job()
            finally:
                self._mean += NEWEST * (time.monotonic() - start - self._mean)

        self._asked += 1
        try:
            async with asyncio.timeout(self.patience):
                return await asyncio.get_running_loop().run_in_executor(self._pool, timed)
        except TimeoutError:
            if begun:
                raise Refusal(503, "slow", f"no answer within {self.patience:g} s; shorten the sentences") from None
            raise self._busy() from None
        finally:
            self._asked -= 1

    def close(self) -> None:
        """Forget what waits; what runs is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _busy(self) -> Refusal:
        seconds = max(1, math.ceil(self._asked * self._mean))
        return Refusal(429, "busy", f"too many requests wait for the model; try again in {seconds} s", seconds)
