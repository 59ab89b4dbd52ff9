"""Where libraries read files that others wrote: any error of theirs becomes one message that names the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yiju.errors import YijuError

# What a panic of Rust (tokenizers, safetensors) is in Python: no Exception, and in no module that can be imported.
PANIC = "PanicException"
LONGEST = 200
STDERR = 2


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

    For the whole process, so only where a model is loaded.
    """
    kept = os.dup(STDERR)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STDERR)
        yield
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)
        os.close(nowhere)
