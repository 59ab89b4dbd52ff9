"""The lines that a run prints."""

from __future__ import annotations

from itertools import accumulate
from unicodedata import east_asian_width

from snakemake_logger_plugin_yiju.job_log import Training
from snakemake_logger_plugin_yiju.progress import Progress, StartedJob


def clock(seconds: float) -> str:
    """Time that has passed: 0:07, 12:40, 3:02:11."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def about(seconds: float) -> str:
    """Time that is estimated, as roughly as it is known: about 40 s, about 3 min, about 2.5 h."""
    if seconds < 55:
        return f"about {max(10, round(seconds, -1)):.0f} s"
    return f"about {max(1, round(seconds / 60))} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"


def jobs(count: int) -> str:
    return f"{count:,} {'job' if count == 1 else 'jobs'}"


def stage_line(progress: Progress, stage: str, now: float, last: Training | None) -> str:
    """A stage that is done: its jobs, what its training came to, and how far the run is."""
    figures = f" ({last})" if last else ""
    return f"{stage} done: {jobs(progress.counts(stage)[1])}{figures}; {_so_far(progress, now)}"


def training_line(job: StartedJob, one: Training) -> str:
    """How far a training is."""
    left = f", {about(60 * one.minutes)} left in it" if one.update < one.total else ""
    return f"{job.stage}: {one}{left}"


def status_line(progress: Progress, now: float) -> str:
    """Where the run is at this moment."""
    told = [training_line(*one).partition(": ")[2] for one in progress.trainings()[:1]]
    return f"{', '.join(progress.stages())}: {'; '.join([_so_far(progress, now), *told])}"


def _so_far(progress: Progress, now: float) -> str:
    done, planned = progress.counts()
    rest = progress.left(now) if done < planned else None
    left = f", {about(rest)} left" if rest is not None else ""
    return f"{done:,} of {jobs(planned)} in {clock(now - progress.began)}{left}"


def failure_lines(job: StartedJob, reason: str) -> list[str]:
    """A job that failed: what it did, why, and where its log is."""
    why = [f"  {line}" for line in reason.split("\n")]
    logs = [f"  its log: {file}" for file in job.logs]
    return [f"failed: {job.message or job.rule} (rule {job.rule})", *why, *logs]


def end_lines(progress: Progress, failed: int, now: float, log: str | None) -> list[str]:
    """The end of a run that did not get through."""
    done, planned = progress.counts()
    what = f"{jobs(failed)} failed" if failed else "the run was stopped"
    remedy = "put right what is named above; then " if failed else ""
    where = [f"the complete log: {log}"] if log else []
    return [
        f"{what} after {clock(now - progress.began)}; {done:,} of {jobs(planned)} are done and stay",
        *where,
        f"{remedy}the same command goes on from here",
    ]


def first_line(planned: int, log: str | None) -> str:
    return f"{jobs(planned)} to do" + (f"; the complete log: {log}" if log else "")


def done_line(planned: int, seconds: float) -> str:
    return f"done: {jobs(planned)} in {clock(seconds)}"


def fitting(line: str, columns: int) -> str:
    """The line, cut to the width of the terminal, so that it can be written over; Chinese takes two columns."""
    ends = list(accumulate(2 if east_asian_width(one) in "WF" else 1 for one in line))
    if not ends or ends[-1] < columns:
        return line
    return line[: sum(end <= columns - 2 for end in ends)] + "…"
