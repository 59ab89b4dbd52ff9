"""What a person sees of a job in the terminal: its log, and errors as one readable message."""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from yiju.base.addresses import cleaned
from yiju.base.errors import YijuError
from yiju.base.printable import shown
from yiju.base.terminal_language import said, told

log = logging.getLogger("yiju")
ROOM = "; make room there, then run the same command again"
REMEDIES = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EROFS: "; make the disk writable, or point the workflow's folders at another one",
}


class Shown(logging.Formatter):
    """Lines of the log in which names, paths and sentences of others cannot steer the terminal.

    Addresses in them are without secrets, whoever wrote them: the system names a file as it was given.
    """

    def format(self, record: logging.LogRecord) -> str:
        return shown(cleaned(told(super().format(record))))


class Terminal(logging.Handler):
    """Writes to what is the error output at that moment: a notebook or a test may exchange it after the first line."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except Exception:
            self.handleError(record)


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn errors that a user can correct into one message and exit status 1; leave a trace for the others."""
    try:
        yield
    except YijuError as error:
        log.error("%s", said("error: {0}", told(str(error))))
        raise SystemExit(1) from None
    except OSError as error:
        # Missing files, full and read-only disks: the system's own words name the place.
        log.error("%s", said("error: {0}", told(f"{error}{REMEDIES.get(error.errno or 0, '')}")))
        raise SystemExit(1) from None
    except Exception:
        log.exception("this is a defect in yiju; please report it with the lines below")
        raise SystemExit(1) from None


def log_to_stderr() -> None:
    """Send yiju's log to the terminal, once."""
    root = logging.getLogger("yiju")
    root.setLevel(logging.INFO)
    root.propagate = False
    if not any(isinstance(handler, Terminal) for handler in root.handlers):
        handler = Terminal()
        handler.setFormatter(Shown("%(message)s"))
        root.addHandler(handler)
