"""Whether a file can be written, which is asked before anything is computed."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from yiju.base.errors import YijuError


def check_writable(out: Path, read: Sequence[Path] = ()) -> None:
    """Raise YijuError where `out` cannot be written, or would replace a file that is read.

    Folders that are missing are made when the file is written. So the nearest folder that is there is asked whether it
    takes a new file.
    """
    if out.is_dir():
        raise YijuError(f"{out}: this is a folder; name a file")
    if any(out.exists() and file.exists() and out.samefile(file) for file in read):
        raise YijuError(f"{out}: this is a file that is read, which would be replaced; name another one")
    folder = next(one for one in out.absolute().parents if one.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise YijuError(
            f"{out}: cannot be written, because {folder} takes no new file ({error.strerror}); name a file elsewhere"
        ) from None
