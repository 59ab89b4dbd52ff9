"""The journal of a server: every judgement that it serves, with what it rests on, appended to a file.

Each line is a JSON object that holds its own checksum and that of the line before it, so that a line which was changed,
taken out or put in is found (`yiju verify`). Lines that are missing at the end are not: keep the last checksum.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

from yiju.app.journal_lines import End, line_sum, line_text, read_journal
from yiju.app.web.refusal import Refusal
from yiju.base.errors import YijuError
from yiju.base.files import sha256
from yiju.models.calibrated import calibration_file
from yiju.models.calibration.stored import weights_of

# Takes the path of a request, the name of the model that it asked, what it asked, and what is answered.
Record = Callable[[str, str, Mapping[str, Any], Any], None]


def unrecorded(path: str, model: str, asked: Mapping[str, Any], answered: Any) -> None:
    """Of a server without a journal: nothing is written."""


class Journal:
    """A file of judgements, open for appending by one server at a time.

    models: what each model of the server is, by its name in requests (`identity_of`). Raises YijuError where the file
    is no journal, was changed, or is another server's, and where it cannot be written.
    """

    def __init__(self, path: Path, models: Mapping[str, Mapping[str, Any]]) -> None:
        self.models = models
        try:
            # Unbuffered, so that what could not be written is known at once.
            self._file = path.open("ab+", buffering=0)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise YijuError(f"{path}: another server writes this journal; name another file with --journal") from None
        except OSError as error:
            raise YijuError(f"{path}: {error.strerror}; name another file with --journal") from None
        self._end = read_journal(path)

    def append(self, path: str, model: str, asked: Mapping[str, Any], answered: Any) -> None:
        """Append a judgement, and wait until it is on disk; the arguments are those of `Record`.

        Raises Refusal where it cannot be written: what is not in the journal is not served.
        """
        line = {
            "number": self._end.number + 1,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "path": path,
            "model": self.models[model],
            "asked": asked,
            "answered": answered,
            "before": self._end.sha256,
        }
        total = line_sum(line)
        size = self._file.seek(0, os.SEEK_END)
        try:
            _write(self._file, line_text(line | {"sha256": total}) + b"\n")
            os.fsync(self._file.fileno())
        except OSError as error:
            self._file.truncate(size)
            raise Refusal(503, "journal", f"the journal cannot be written ({error.strerror})") from None
        self._end = End(line["number"], total)


def identity_of(name: str, folder: Path | None, calibration: str | Path | bool = True) -> dict[str, Any]:
    """What the journal says of a model: its name, the SHA-256 of each file of weights of the folder it lies in, and
    that of the file that calibrates it, None where there is none.

    calibration: see `yiju.models.calibrated.calibration_for`. Raises YijuError where there is no file of weights, for
    the journal could not tell then which model judged.
    """
    weights = {} if folder is None else weights_of(folder)
    if not weights:
        raise YijuError(f"{name}: no file of weights, by which a journal tells which model judged; leave --journal out")
    calibrating = calibration_file(folder, calibration)
    return {"name": name, "weights": weights, "calibration": None if calibrating is None else sha256(calibrating)}


def _write(file: FileIO, content: bytes) -> None:
    """Write all of it: of a file without a buffer a call may write a part."""
    left = memoryview(content)
    while left:
        left = left[file.write(left) :]
