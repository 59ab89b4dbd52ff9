"""Who shows the curves while a training runs: TensorBoard, or another of accelerate's trackers."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from accelerate.tracking import LOGGER_TYPE_TO_CLASS, GeneralTracker

from yiju.base.errors import YijuError


def open_trackers(names: Sequence[str], folder: str | None, done: int) -> list[GeneralTracker]:
    """Start the named trackers; a training that goes on after update `done` goes on in its own curves.

    folder: of this training alone; the others' run bears its path below results/. A training that begins anew takes
    the place of curves that an abandoned one left there. Raises YijuError where a tracker's package is missing.
    """
    if not names or folder is None:
        return []
    place = Path(folder)
    if not done:
        shutil.rmtree(place, ignore_errors=True)
    return [_started(name, place, done) for name in names]


def _started(name: str, place: Path, done: int) -> GeneralTracker:
    kind = LOGGER_TYPE_TO_CLASS[name]
    where = [place.parent] if kind.requires_logging_directory else []
    # What was drawn after the save that the training goes on from is drawn anew.
    options = {"purge_step": done + 1} if name == "tensorboard" else {}
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        tracker = kind(place.name, *where, **options)
        tracker.start()
    except ImportError as error:
        raise YijuError(
            f"training.trackers names {name}, but {error.name} is not installed: pip install {error.name}, "
            "or take it out of the list"
        ) from None
    return tracker
