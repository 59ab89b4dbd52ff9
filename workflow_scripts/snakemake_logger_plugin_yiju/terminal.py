"""Where the lines go: on a terminal the last one is written over as long as it changes, elsewhere none is."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TextIO

from snakemake_logger_plugin_yiju.words import fitting

# Back to the first column, and clear the line.
OVER = "\r\x1b[2K"


class Output:
    """Standard output and error of this process and of the jobs that it starts.

    While they are kept in a file, whatever a library, a job or a traceback prints lies there, and the terminal has
    nothing but what the plugin writes to its own copy.
    """

    def __init__(self) -> None:
        self.terminal = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace")
        self.before: dict[int, int] = {}

    def keep(self, log: str) -> None:
        """Send both streams into a file, to its end."""
        self._flush()
        file = os.open(log, os.O_WRONLY | os.O_APPEND)
        for stream in (1, 2):
            self.before[stream] = os.dup(stream)
            os.dup2(file, stream)
        os.close(file)

    def restore(self) -> None:
        """Let both streams go where they went before."""
        self._flush()
        for stream, before in self.before.items():
            os.dup2(before, stream)
            os.close(before)
        self.before.clear()

    def _flush(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()


def in_language(line: str) -> str:
    """A line in the language of the terminal, by the package that the Snakefile has loaded; English before that."""
    try:
        from yiju.base.terminal_language import catalogue, language_of
    except ImportError:
        return line
    language = language_of((), os.environ)
    return line if language == "en" else catalogue(language).told(line)


class Terminal:
    """Writes whole lines, and on a terminal a line of state below them."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.steers = stream.isatty() and os.environ.get("TERM") != "dumb"
        self.shown = False

    def lines(self, *lines: str) -> None:
        """Write lines that stay."""
        self.clear()
        self.stream.write("".join(f"{in_language(line)}\n" for line in lines))
        self.stream.flush()

    def state(self, line: str) -> None:
        """Show where the run is, on a terminal only."""
        if self.steers:
            self.stream.write(OVER + fitting(in_language(line), shutil.get_terminal_size().columns))
            self.stream.flush()
            self.shown = True

    def clear(self) -> None:
        """Take the line of state away."""
        if self.shown:
            self.stream.write(OVER)
            self.stream.flush()
            self.shown = False
