"""A file from the first of its URLs that has it: tries with growing pauses, broken transfers continued."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_exception,
    wait_exponential_jitter,
)

from yiju.base.addresses import shown
from yiju.base.errors import YijuError
from yiju.data.fetching.failures import Check, Problem, Unavailable
from yiju.data.fetching.http_transfer import TransferError, transfer
from yiju.data.fetching.store import keep, part_of

log = logging.getLogger(__name__)
# Tries of one URL that bring nothing, before the next one's turn.
TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0


def download(urls: Sequence[str], check: Check, stored: Path, by_hand: str) -> None:
    """Bring the file that `check` finds no problem with to `stored`, from the first of `urls` that has it.

    What a broken or killed transfer left lies beside it under `.part` and is continued, from any of the URLs: the
    check decides what is whole. by_hand: end of the message, what to do without a network. Raises Unavailable that
    says of every URL what happened, or YijuError where a file is not what arrived first.
    """
    part = part_of(stored)
    failures, locked = [], False
    for number, url in enumerate(urls, start=1):
        try:
            _checked(url, check, part)
        except TransferError as error:
            failures.append(f"{shown(url)}: {error}")
            locked = locked or (isinstance(error, OtherFile) and error.locked)
            if number < len(urls):
                log.warning("%s; next is %s", failures[-1], shown(urls[number]))
        else:
            return keep(part, stored)
    if not _size(part):
        # Nothing came that could be continued.
        part.unlink(missing_ok=True)
    kind = YijuError if locked else Unavailable
    raise kind(f"{'; '.join(failures)}. Try again, name another URL under `mirrors`, {by_hand}")


class OtherFile(TransferError):
    """What came is whole, but not the file that is meant."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.text}, and it was not kept ({problem.remedy})")
        self.locked = problem.locked


def _checked(url: str, check: Check, part: Path) -> None:
    """Complete `part` from `url`; what is another file goes, and is fetched once more from its beginning."""
    if part.is_file() and not check(part):
        return
    _persist(url, part)
    if not (problem := check(part)):
        return
    # Joined of two versions, perhaps, or cut by a server that does not announce lengths.
    part.unlink()
    log.warning("%s: %s; once more from its beginning", shown(url), problem.text)
    _persist(url, part)
    if problem := check(part):
        part.unlink()
        raise OtherFile(problem)


def _persist(url: str, part: Path) -> None:
    """Transfer until the end of the file; only tries in a row that bring nothing are counted."""
    most = _size(part)
    while True:
        try:
            return _retrying()(transfer, url, part)
        except TransferError as error:
            size = _size(part)
            # More than ever before: a server that always starts anew and always breaks off must not go on for ever.
            if not error.again or size <= most:
                raise
            most = size


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _retrying() -> Retrying:
    backoff = wait_exponential_jitter(multiplier=FIRST_PAUSE, max=LONGEST_PAUSE, jitter=FIRST_PAUSE)
    asked = wait_exception(lambda error: min(error.pause, LONGEST_PAUSE) if isinstance(error, TransferError) else 0)
    return Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, TransferError) and error.again),
        stop=stop_after_attempt(TRIES),
        wait=backoff + asked,
        before_sleep=_say,
        reraise=True,
    )


def _say(state: RetryCallState) -> None:
    if state.outcome and state.next_action:
        error, pause = state.outcome.exception(), state.next_action.sleep
        log.warning("%s: %s; again in %.0f s", shown(state.args[0]), error, pause)
