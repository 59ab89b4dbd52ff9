"""What a training leaves behind while it runs: steps.jsonl, a progress line, the log, and the trackers' curves."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from pathlib import Path

from accelerate.tracking import GeneralTracker
from tqdm import tqdm

from yiju.base.errors import YijuError
from yiju.training.faults import is_full
from yiju.training.step import Figures

log = logging.getLogger(__name__)
# Seconds between two writings of what has gathered.
PAUSE = 2.0
# Seconds after which a log without a terminal's progress line says again how far it is.
SILENCE = 60.0
# Share of the newest update in the loss and accuracy shown, which one small update would make jump.
NEWEST = 0.05


class Record:
    """The figures of every update, appended to a JSON-lines file that a resumed training continues."""

    def __init__(
        self,
        path: Path,
        name: str,
        unit: str,
        done: int,
        total: int,
        rows: int,
        quiet: bool,
        trackers: Sequence[GeneralTracker] = (),
    ) -> None:
        """rows: mean rows of an update; quiet: write and show nothing (all processes but the first)."""
        self.path, self.name, self.unit, self.total, self.rows, self.quiet = path, name, unit, total, rows, quiet
        self.trackers = trackers
        self.waiting: list[dict] = []
        self.started = self.spoke = self.flushed = time.monotonic()
        self.first = done
        self.shown: Figures | None = None
        self.bar = tqdm(
            desc=name, total=total * rows, initial=done * rows, unit=f" {unit}", disable=quiet or None, smoothing=0.05
        )
        if not quiet:
            self._forget_after(done)

    def update(self, number: int, rate: float, figures: Figures) -> None:
        """Note an update, and now and then show how far the training is."""
        self.waiting.append(
            {"update": number, "learning_rate": rate, "loss": figures.loss, "train_accuracy": figures.accuracy}
        )
        self.shown = figures if self.shown is None else _blend(self.shown, figures)
        self.bar.update(self.rows)
        if time.monotonic() - self.flushed > PAUSE:
            self.flush()
        if self.bar.disable and not self.quiet and time.monotonic() - self.spoke > SILENCE:
            self._say(number, self._figures(rate))

    def evaluation(self, number: int, figures: dict[str, float]) -> None:
        """Note an evaluation, and say it in the log with speed and time left."""
        self.flush()
        self._append([{"update": number, **figures}])
        self._track(number, figures)
        self._say(number, ", ".join(f"{key} {value:.4f}" for key, value in figures.items()))

    def flush(self) -> None:
        """Write the waiting figures."""
        self.flushed = time.monotonic()
        if self.waiting:
            self.bar.set_postfix_str(self._figures(self.waiting[-1]["learning_rate"]))
            for line in self.waiting:
                self._track(line["update"], {key: line[key] for key in ("loss", "train_accuracy", "learning_rate")})
        self._append(self.waiting)
        self.waiting.clear()

    def close(self) -> None:
        """Write what is left and end the bar and the trackers."""
        try:
            self.flush()
        finally:
            self.bar.close()
            for tracker in self.trackers:
                tracker.finish()

    def _figures(self, rate: float) -> str:
        assert self.shown is not None, "an update was noted"
        return f"loss {self.shown.loss:.4f}, accuracy {self.shown.accuracy:.3f}, rate {rate:.1e}"

    def _say(self, number: int, figures: str) -> None:
        if self.quiet:
            return
        self.spoke = time.monotonic()
        speed = (number - self.first) * self.rows / (self.spoke - self.started)
        left = (self.total - number) * self.rows / max(speed, 1e-9) / 60
        log.info(
            "%s: update %d of %d, %s, %.0f %s/s, %.1f min left",
            *(self.name, number, self.total, figures, speed, self.unit, left),
        )

    def _track(self, number: int, values: dict[str, float]) -> None:
        for tracker in self.trackers:
            tracker.log(values, step=number)

    def _append(self, lines: list[dict]) -> None:
        if not lines or self.quiet:
            return
        try:
            with self.path.open("a", encoding="utf-8", newline="") as file:
                file.writelines(json.dumps(line) + "\n" for line in lines)
        except OSError as error:
            if not is_full(error):
                raise
            raise YijuError(
                f"{self.path}: no room for the figures of {len(lines)} updates ({error}). Make room (or raise the "
                "quota) and run the same command again: it continues from the last save"
            ) from None

    def _forget_after(self, done: int) -> None:
        """Cut off what was written after the save that the training continues from."""
        kept = []
        if self.path.is_file():
            for line in self.path.read_text(encoding="utf-8").split("\n"):
                try:
                    facts = json.loads(line)
                except ValueError:
                    continue  # the line that a kill broke off
                if facts["update"] <= done:
                    kept.append(line + "\n")
        self.path.write_text("".join(kept), encoding="utf-8", newline="")


def _blend(shown: Figures, newest: Figures) -> Figures:
    return Figures(*((1 - NEWEST) * old + NEWEST * new for old, new in zip(shown, newest, strict=True)))
