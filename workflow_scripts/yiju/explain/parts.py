"""Long explanations in parts, each kept when it is finished and found again by whoever goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np

from yiju.base.files import atomic

# Pairs explained between two saves of a long job.
PART = 256
# A dataclass of arrays, each of which may be None.
Arrays = TypeVar("Arrays")


def parts_of(lengths: np.ndarray) -> Iterator[np.ndarray]:
    """Rows in parts of one size and similar length, whatever the memory at hand: saved parts are found again."""
    order = np.argsort(-lengths, kind="stable")
    for start in range(0, len(order), PART):
        yield order[start : start + PART]


def kept_part(kind: type[Arrays], work: Path | None, name: str, compute: Callable[[], Arrays]) -> Arrays:
    """What `compute` gives, from the work folder where it was kept."""
    if work is None:
        return compute()
    file = work / f"{name}.npz"
    if not file.is_file():
        arrays = {key: array for key, array in vars(compute()).items() if array is not None}
        with atomic(file) as temporary, temporary.open("wb") as stream:
            np.savez(stream, **arrays)
    with np.load(file, allow_pickle=False) as arrays:
        return kind(**arrays)
