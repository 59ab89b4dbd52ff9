"""How far a run is: its jobs by rule and stage, from the events of Snakemake's log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from snakemake_logger_plugin_yiju.job_log import Training, training
from snakemake_logger_plugin_yiju.stages import STAGES, TARGET, stage_of
from snakemake_logger_plugin_yiju.weights import time_left, with_measured, work


@dataclass(frozen=True)
class StartedJob:
    """A job as Snakemake announces it. message: what it does, in words; began: seconds, monotonic."""

    rule: str
    message: str
    logs: Sequence[str]
    began: float

    @property
    def stage(self) -> str:
        return stage_of(self.rule)


@dataclass
class Progress:
    """Counts of jobs by rule: planned ones, and those that are done; jobs that run, by their number."""

    weights: dict[str, float]
    began: float
    planned: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    running: dict[int, StartedJob] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def plan(self, jobs: Mapping[str, int]) -> None:
        """Take over Snakemake's table of jobs, by rule."""
        self.planned = Counter({rule: count for rule, count in jobs.items() if rule not in ("total", TARGET)})

    def start(self, number: int, job: StartedJob) -> None:
        """Note a job that begins; one that was not planned, as after a retry of its input, is added."""
        if job.rule == TARGET:
            return
        self.running[number] = job
        self.planned[job.rule] = max(self.planned[job.rule], self.done[job.rule] + 1)

    def finish(self, number: int, now: float) -> str | None:
        """Note a job that is done. Returns the stage that ends with it, if one does."""
        job = self.running.pop(number, None)
        if job is None:
            return None
        self.done[job.rule] += 1
        self.seconds.setdefault(job.rule, []).append(now - job.began)
        return job.stage if self.counts(job.stage)[0] == self.counts(job.stage)[1] else None

    def fail(self, number: int) -> StartedJob | None:
        """Note a job that failed."""
        return self.running.pop(number, None)

    def counts(self, stage: str | None = None) -> tuple[int, int]:
        """Jobs that are done, and all of them: of a stage, or of the run."""
        counted = (
            sum(count for rule, count in jobs.items() if stage in (None, stage_of(rule)))
            for jobs in (self.done, self.planned)
        )
        done, planned = counted
        return done, planned

    def stages(self) -> list[str]:
        """Stages that have running jobs, in the order of a run."""
        now = {job.stage for job in self.running.values()}
        return [stage for stage in STAGES if stage in now] + sorted(now - set(STAGES))

    def trainings(self) -> list[tuple[StartedJob, Training]]:
        """Running trainings that have said how far they are."""
        found = [(job, training(job.logs)) for job in self.running.values()]
        return [(job, one) for job, one in found if one]

    def left(self, now: float) -> float | None:
        """Seconds that the run will still take, no less than its trainings say; None as long as that cannot be said."""
        weights = with_measured(self.weights, self.seconds)
        total, done = work(self.planned, weights), work(self.done, weights)
        if total is None or done is None:
            return None
        trainings = self.trainings()
        under_way = sum(weights[job.rule] * one.share for job, one in trainings if job.rule in weights)
        found = time_left(now - self.began, done + under_way, total)
        return None if found is None else max([found, *(60 * one.minutes for _, one in trainings)])
