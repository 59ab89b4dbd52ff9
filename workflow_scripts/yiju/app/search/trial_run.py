"""One trial: the run with other values, as far as its trainings go, and what these reached where weights are chosen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import yaml
from pydantic import ValidationError

from yiju.app.search.base import STEPS, TRIAL, Base
from yiju.app.search.dimensions import Value
from yiju.app.search.space import nested
from yiju.app.train.workflow import ENDED, STOPPED, make_files
from yiju.base.errors import YijuError
from yiju.base.files import copy_file, sha256, write_text
from yiju.config.messages import explained
from yiju.config.stages import home
from yiju.config.variants import branches, folder_of
from yiju.job.devices import share_of_cores, usable_gpus
from yiju.report.curves import read_curve

# The rule that trains a member.
TRAINING = "finetune_fold"


class Failed(Exception):
    """A trial without a figure. The message says why."""


class Refused(Failed):
    """A trial whose values do not go together."""


class Stopped(Exception):
    """The user has stopped the search. status: the exit status that says so."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Reached:
    """The figure that chooses the weights, mean over the trainings of a trial.

    name: as the trainings call it; tables: SHA-256 of what was learnt and measured on, by file.
    """

    name: str
    value: float
    tables: Mapping[str, str]


@dataclass(frozen=True)
class Runner:
    """Where trials run. folder: of the search; cores: of Snakemake; lock: of the run, as `alone` gives it."""

    base: Base
    folder: Path
    cores: str
    lock: int

    def tables(self) -> dict[str, str]:
        """Make the tables that all trials learn from and are measured on; their SHA-256 by file.

        Raises YijuError where they cannot be made, and Stopped.
        """
        log = self.folder / "tables.log"
        if self._made(self.base.files, self.base.tables, log):
            raise YijuError(f"the tables of the run could not be made; {log} says why")
        return self._checksums()

    def measure(self, number: int, values: Mapping[str, Value]) -> Reached:
        """What a trial reaches.

        What the trainings wrote about their steps is kept in the folder of the search; their models are not. Raises
        Failed, or Stopped, after which its folder stays for when the search goes on.
        """
        name, override = TRIAL.format(number), nested(values)
        place = self._branch(name, override)
        if place != folder_of(name):
            return self._trained(name, self.base.files, place)
        file = self._kept(f"{name}.yaml")
        write_text(file, yaml.safe_dump({"variants": {name: override}}, allow_unicode=True))
        try:
            reached = self._trained(name, [*self.base.files, file], place)
        except Failed:
            self._remove(place)
            raise
        self._remove(place)
        return reached

    def _trained(self, name: str, files: Sequence[Path], place: str) -> Reached:
        wanted, log = self.base.steps(place), self._kept(f"{name}.log")
        if self._made(files, wanted, log):
            raise Failed(f"its trainings ended with an error, which {log} holds")
        for member, file in zip(self.base.settings.members, wanted, strict=True):
            copy_file(file, self._kept(f"{name}.{member}.{STEPS}"))
        found = [chosen_figure(file) for file in wanted]
        return Reached(found[0][0], fmean(value for _, value in found), self._checksums())

    def _made(self, files: Sequence[Path], wanted: Sequence[Path], log: Path) -> int:
        """The exit status of Snakemake; raises Stopped where the user has stopped it."""
        threads = {TRAINING: self._threads()}
        status = make_files(self.base.run, files, self.cores, wanted, log, self.lock, threads)
        if status in (STOPPED, ENDED) or status < 0:
            raise Stopped(status if status > 0 else 128 - status)
        return status

    def _kept(self, name: str) -> Path:
        return self.folder / "trials" / name

    def _checksums(self) -> dict[str, str]:
        return {str(file): sha256(file) for file in self.base.tables}

    def _remove(self, place: str) -> None:
        """Remove the branch of a trial. Where a training failed early there may be none."""
        folder = self.base.run / place.strip("/")
        if folder.is_dir():
            shutil.rmtree(folder)

    def _threads(self) -> int:
        """Threads of a training: only those of one branch run side by side, and not those of all variants."""
        settings = self.base.settings
        cores = _cores_here() if self.cores == "all" else int(self.cores)
        return share_of_cores(len(settings.members), settings.jobs.gpus, cores, usable_gpus(settings.device))

    def _branch(self, name: str, override: Mapping[str, Any]) -> str:
        """The folder of the branch that trains with these values: the run's own, where it is configured so."""
        settings = self.base.settings
        try:
            found = branches(settings.model_copy(update={"variants": {**settings.variants, name: override}}))
        except ValidationError as error:
            raise Refused("; ".join(explained(error.errors(), []))) from None
        return home("finetune", folder_of(name), {folder: one.resolved() for folder, one in found.items()})


def _cores_here() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def chosen_figure(steps: Path) -> tuple[str, float]:
    """The figure that chose the weights of a training, and its best value. steps: what the training wrote of itself.

    It is the first figure of every evaluation.
    """
    evaluations = read_curve("", steps).evaluations
    names = [key for key in evaluations[0] if key != "update"] if evaluations else []
    if not names:
        raise Failed(f"its training was not evaluated once ({steps}); lower finetune.evaluate_every")
    return names[0], max(one[names[0]] for one in evaluations)
