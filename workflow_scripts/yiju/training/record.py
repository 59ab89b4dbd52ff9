"""What a training leaves behind while it runs: steps.jsonl, a progress bar, and a line in the log now and then."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

from torch import Tensor
from tqdm import tqdm

log = logging.getLogger(__name__)


class Record:
    """The figures of every update, appended to a JSON-lines file that a resumed training continues."""

    def __init__(self, path: Path, name: str, done: int, total: int, rows: int, quiet: bool) -> None:
        """rows: mean rows of an update, for the rate shown; quiet: write and show nothing (all ranks but the first)."""
        self.path, self.name, self.total, self.rows, self.quiet = path, name, total, rows, quiet
        self.waiting: list[tuple[int, float, Tensor]] = []
        self.started, self.first = time.monotonic(), done
        self.bar = tqdm(
            desc=name, total=total * rows, initial=done * rows, unit=" rows", disable=quiet or None, smoothing=0.05
        )
        if not quiet:
            self._forget_after(done)

    def update(self, number: int, rate: float, loss: Tensor) -> None:
        """Note an update; its loss is read later, so that a GPU need not wait."""
        self.waiting.append((number, rate, loss))
        self.bar.update(self.rows)
        if len(self.waiting) >= 50:
            self.flush()

    def evaluation(self, number: int, figures: dict[str, float]) -> None:
        """Note an evaluation, and say it in the log with speed and time left."""
        self.flush()
        self._append([{"update": number, **figures}])
        if not self.quiet:
            speed = (number - self.first) * self.rows / (time.monotonic() - self.started)
            left = (self.total - number) * self.rows / max(speed, 1e-9) / 60
            shown = ", ".join(f"{key} {value:.4f}" for key, value in figures.items())
            log.info(
                "%s: update %d of %d, %s, %.0f rows/s, %.1f min left", self.name, number, self.total, shown, speed, left
            )

    def flush(self) -> None:
        """Read the waiting losses and write them."""
        lines = [{"update": number, "learning_rate": rate, "loss": loss.item()} for number, rate, loss in self.waiting]
        self.waiting.clear()
        if lines:
            self.bar.set_postfix(loss=f"{lines[-1]['loss']:.4f}", lr=f"{lines[-1]['learning_rate']:.1e}")
        self._append(lines)

    def close(self) -> None:
        """Write what is left and end the bar."""
        self.flush()
        self.bar.close()

    def _append(self, lines: list[dict]) -> None:
        if lines and not self.quiet:
            with self.path.open("a", encoding="utf-8", newline="") as file:
                file.writelines(json.dumps(line) + "\n" for line in lines)

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
