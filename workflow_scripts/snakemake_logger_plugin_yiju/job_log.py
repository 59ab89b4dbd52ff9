"""What the log file of a job says: how far its training is, and why it failed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# Bytes at the end of a log that are looked at.
TAIL = 64_000
TIME = re.compile(r"^\d\d:\d\d:\d\d ")
# A line of yiju.training.step_log.
UPDATE = re.compile(
    r"update (?P<update>\d+) of (?P<total>\d+), (?P<figures>.*), [\d.]+ \S+/s, (?P<minutes>[\d.]+) min left"
)
LOSSES = ("dev_loss", "loss", "perplexity")
DEFECT = "this is a defect in yiju"


@dataclass(frozen=True)
class Training:
    """How far a training is: updates, figures as its log names them, and the minutes that it still takes."""

    update: int
    total: int
    figures: str
    minutes: float

    @property
    def share(self) -> float:
        return self.update / max(1, self.total)

    def __str__(self) -> str:
        return f"update {self.update:,} of {self.total:,}, {self.figures}"


def training(files: Iterable[str]) -> Training | None:
    """The newest line of progress in the logs of a job; None where there is none."""
    found = [match for file in files for line in _lines(file) if (match := UPDATE.search(line))]
    if not found:
        return None
    newest = found[-1]
    return Training(
        int(newest["update"]), int(newest["total"]), _shortened(newest["figures"]), float(newest["minutes"])
    )


def reason(files: Iterable[str]) -> str:
    """Why a job failed, in the words of its log; empty where the log does not say."""
    for file in files:
        lines = _lines(file)
        for start in reversed(range(len(lines))):
            said = TIME.sub("", lines[start])
            if said.startswith("error: ") and TIME.match(lines[start]):
                return "\n".join([said.removeprefix("error: "), *_continued(lines[start + 1 :])])
            if said.startswith(DEFECT):
                return f"{said}: {lines[-1]}"
    return ""


def _shortened(figures: str) -> str:
    """The accuracy, and the first of the losses that there is: a line has no room for all."""
    named = dict(figure.rsplit(" ", 1) for figure in figures.split(", ") if " " in figure)
    losses = [name for name in LOSSES if name in named][:1]
    wanted = [name for name in ("accuracy", *losses) if name in named]
    return ", ".join(f"{name.replace('_', ' ')} {named[name]}" for name in wanted) or figures


def _continued(lines: list[str]) -> list[str]:
    """Lines of the message that go before the next entry of the log."""
    end = next((place for place, line in enumerate(lines) if TIME.match(line)), len(lines))
    return lines[:end]


def _lines(file: str) -> list[str]:
    try:
        with Path(file).open("rb") as log:
            log.seek(max(0, log.seek(0, 2) - TAIL))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return []
    return text.rstrip("\n").split("\n")
