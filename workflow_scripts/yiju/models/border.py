"""Where libraries read files that others wrote: any error of theirs becomes one message that names the file."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from yiju.base.errors import YijuError

# What a panic of Rust (tokenizers, safetensors) is in Python: no Exception, and in no module that can be imported.
PANIC = "PanicException"
LONGEST = 200
STDERR = 2
# Two threads that exchange standard error at once would lose it.
ONE_AT_A_TIME = threading.Lock()


@contextmanager
def border(place: str | Path, trouble: str, remedy: str) -> Iterator[None]:
    """Raise YijuError, "place: trouble (what the library said); remedy", for any error of the block, a panic too."""
    try:
        yield
    except YijuError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != PANIC:
            raise
        raise YijuError(f"{place}: {trouble} ({first_line(error)}); {remedy}") from error


def first_line(error: BaseException) -> str:
    """The first line of an error's words, or its name where it has none."""
    words = str(error).strip() or type(error).__name__
    return words.split("\n")[0][:LONGEST].rstrip(" .;:")


@contextmanager
def without_panic_reports() -> Iterator[None]:
    """Keep from the terminal what Rust writes there about a panic: a trace, which the message of `border` replaces.

    For the whole process, one thread at a time, so only where a tokeniser is loaded.
    """
    with ONE_AT_A_TIME, ExitStack() as undoing:
        # A process without a terminal may have closed its standard error: then there is nothing to keep away.
        with suppress(OSError):
            kept = os.dup(STDERR)
            undoing.callback(os.close, kept)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            undoing.callback(os.close, nowhere)
            os.dup2(nowhere, STDERR)
            undoing.callback(os.dup2, kept, STDERR)
        yield
