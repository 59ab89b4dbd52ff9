"""The handler that Snakemake hands the records of its log to."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_yiju import words
from snakemake_logger_plugin_yiju.job_log import Training, reason, training
from snakemake_logger_plugin_yiju.progress import Progress, StartedJob
from snakemake_logger_plugin_yiju.terminal import Output, Terminal
from snakemake_logger_plugin_yiju.weights import known_weights

# The event by which the Snakefile names the folder of the run.
RUN_FOLDER = "yiju_run_folder"
NOTHING, STOPPED = "Nothing to be done", "Terminating processes on user request"
# What Snakemake says of a failed job beside the event, and at the end of a run with one.
REPEATED = ("RuleException", "SpawnedJobError", "CalledProcessError")
EXITING = ("Exiting because a job execution failed", "WorkflowError:\nAt least one job did not complete")
# Before and after a message of ours, which names its place itself.
RAISED, PLACE = "WorkflowError in file ", re.compile(r' {2}File ".*", line \d+, in ')
SECONDS = 1.0


class LogHandler(LogHandlerBase):
    """Prints a line for each stage, and where the run is; Snakemake's own file has the complete log."""

    def __post_init__(self) -> None:
        settings = self.common_settings
        self.plain = settings.dryrun or settings.verbose or settings.debug_dag or settings.printshellcmds
        self.output = Output()
        self.terminal = Terminal(sys.stdout if settings.stdout else self.output.terminal)
        self.folder: Path | None = None
        self.default = False
        self.log: str | None = None
        self.progress: Progress | None = None
        self.told: set[str] = set()
        self.trained: dict[str, Training] = {}
        self.failed = self.errors = 0
        self.nothing = False
        self.stopped = False
        self.ended = threading.Event()
        self.guard = threading.RLock()

    @property
    def writes_to_stream(self) -> bool:
        return True

    @property
    def writes_to_file(self) -> bool:
        return False

    @property
    def has_filter(self) -> bool:
        return False

    @property
    def has_formatter(self) -> bool:
        return False

    @property
    def needs_rulegraph(self) -> bool:
        return False

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record of Snakemake's log."""
        take = self._plainly if self.plain else self._take
        try:
            with self.guard:
                take(record)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """End the run: its last lines."""
        if not self.ended.is_set():
            self.ended.set()
            with self.guard:
                self.output.restore()
                self.terminal.lines(*self._last_lines())
        super().close()

    def _plainly(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if line and line != "None":
            self.terminal.lines(line)

    def _take(self, record: logging.LogRecord) -> None:
        self.log = self.log or _log_file()
        facts = vars(record)
        event = facts.get("event")
        if event == RUN_FOLDER:
            self.folder, self.default = Path(facts["folder"]), facts["default"]
        elif event == LogEvent.RUN_INFO:
            self._begin(facts["stats"])
        elif event == LogEvent.JOB_INFO:
            self._start(facts)
        elif event == LogEvent.JOB_FINISHED:
            self._finish(facts["job_id"])
        elif event == LogEvent.JOB_ERROR:
            self._fail(facts)
        elif event == LogEvent.ERROR:
            self._error(record.getMessage(), facts["exception"])
        else:
            self._other(record)

    def _begin(self, planned: dict[str, int]) -> None:
        self.progress = Progress(known_weights(self.folder, self.default), time.monotonic())
        self.progress.plan(planned)
        self.terminal.lines(words.first_line(self.progress.counts()[1], self.log))
        if self.log:
            self.output.keep(self.log)
        threading.Thread(target=self._tick, daemon=True).start()

    def _start(self, facts: Mapping[str, Any]) -> None:
        if self.progress:
            self.progress.start(facts["jobid"], _job(facts))
            self._show()

    def _finish(self, number: int) -> None:
        if not self.progress:
            return
        now, job = time.monotonic(), self.progress.running.get(number)
        last = training(job.logs) if job else None
        if job and last:
            self.trained[job.stage] = last
        ended = self.progress.finish(number, now)
        if ended:
            self.terminal.lines(words.stage_line(self.progress, ended, now, self.trained.get(ended)))
        self._show()

    def _fail(self, facts: Mapping[str, Any]) -> None:
        if self.stopped:
            return
        self.failed += 1
        known = self.progress.fail(facts["jobid"]) if self.progress else None
        job = known or _job(facts)
        said = reason(job.logs) or "it ended without a word: its process was ended from outside, or ran out of memory"
        self.terminal.lines(*words.failure_lines(job, said))

    def _error(self, said: str, kind: str) -> None:
        """An error of Snakemake's own: a configuration that is refused, a locked folder."""
        if (kind in REPEATED and self.progress) or said.startswith(EXITING):
            return
        self.errors += 1
        self.terminal.lines(_own_words(said))

    def _other(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if said.startswith(NOTHING):
            self.nothing = True
        elif said.startswith(STOPPED):
            self.stopped = True
        elif record.levelno >= logging.WARNING and not said.startswith(EXITING):
            self.terminal.lines(said)

    def _tick(self) -> None:
        """Keep the line of state up to date, and elsewhere say once how far each training is."""
        while not self.ended.wait(SECONDS):
            with self.guard:
                if not self.ended.is_set():
                    self._show()

    def _show(self) -> None:
        progress = self.progress
        if not progress or not progress.running:
            return
        if self.terminal.steers:
            self.terminal.state(words.status_line(progress, time.monotonic()))
            return
        for job, one in progress.trainings():
            if job.stage not in self.told:
                self.told.add(job.stage)
                self.terminal.lines(words.training_line(job, one))

    def _last_lines(self) -> list[str]:
        if self.nothing:
            return ["nothing to do: all results are there and up to date", *self._closing()]
        if not self.progress:
            return []
        now, (done, planned) = time.monotonic(), self.progress.counts()
        if self.failed or self.errors or done < planned:
            return words.end_lines(self.progress, self.failed, now, self.log)
        return [words.done_line(planned, now - self.progress.began), *self._closing()]

    def _closing(self) -> list[str]:
        """What the run found, by the package that the Snakefile has loaded."""
        if self.plain or self.folder is None:
            return []
        from yiju.report.closing import closing

        return closing(self.folder)


def _job(facts: Mapping[str, Any]) -> StartedJob:
    """A job as an event names it."""
    return StartedJob(facts["rule_name"], facts["rule_msg"] or "", list(facts["log"]), time.monotonic())


def _own_words(said: str) -> str:
    """An error without the place in the Snakefile that raised it, where that is all that Snakemake adds."""
    first, *others = said.split("\n")
    rest = [line for line in others if not PLACE.match(line)]
    return "\n".join(rest) if first.startswith(RAISED) and rest else said


def _log_file() -> str | None:
    """The file of Snakemake's complete log, relative to where Snakemake runs."""
    handlers = logging.getLogger("snakemake.logging").handlers
    files = [one.baseFilename for one in handlers if isinstance(one, logging.FileHandler)]
    return os.path.relpath(files[0]) if files else None
