"""A training that is interrupted: the same command goes on from the last save and ends with the same bytes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import patience
import psutil
import pytest
from patience import wait_for
from projects import SMOKE, Project

from yiju.base.files import sha256

FOLD = Path("results/smoke/folds/0")
WEIGHTS = FOLD / "model/model.safetensors"
LOG = "results/smoke/logs/finetune_fold.0.log"
# Hundreds of updates of milliseconds, saved every 0.3 seconds: time enough to be interrupted in the middle.
LONG = {"batch_size": 4, "epochs": 24, "evaluate_every": 100}
SAVING = {"save_every": 0.005}


@dataclass(frozen=True)
class Training:
    """A copy in which all but one training has run, and the command that runs it."""

    project: Project
    command: tuple[str, ...]

    @property
    def weights(self) -> Path:
        return self.project.folder / WEIGHTS

    def interrupted(self, how: Callable[[subprocess.Popen, psutil.Process], None]) -> tuple[int, str]:
        """Run until there is one more save, then let `how` interrupt; exit status and what was said."""
        before = self.saves()
        with self.project.start(*self.command) as run:
            wait_for(lambda: self.saves() - before or run.poll() is not None)
            assert run.poll() is None, run.communicate()[0]
            how(run, _script(run))
            said, _ = run.communicate(timeout=patience.SECONDS)
        return run.returncode, said

    def saves(self) -> set[str]:
        return {path.name for path in (self.project.folder / "results/.work/finetune_fold").glob("*/save-*")}

    def log(self) -> str:
        return (self.project.folder / LOG).read_text(encoding="utf-8")

    def hashes(self) -> dict[str, str]:
        files = (path for path in (self.project.folder / FOLD).rglob("*") if path.suffix in {".safetensors", ".jsonl"})
        hashes = {path.name: sha256(path) for path in files}
        assert hashes.keys() == {"model.safetensors", "steps.jsonl"}
        return hashes


@pytest.fixture(scope="module")
def undisturbed(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Training]]:
    """A training that nobody interrupts; it runs beside the others and is waited for when it is asked for."""
    training = _training(finished, tmp_path_factory.mktemp("undisturbed") / "project")
    with training.project.start(*training.command) as run:

        def wait() -> Training:
            said, _ = run.communicate(timeout=patience.SECONDS)
            assert run.returncode == 0, said
            return training

        yield wait


@pytest.mark.slow
def test_an_interrupted_training_goes_on_with_the_same_command_and_gives_the_same_bytes(
    finished: Project, undisturbed: Callable[[], Training], tmp_path: Path
):
    training = _training(finished, tmp_path / "interrupted")

    # When its time is over, it saves and leaves; the limit is no part of what is computed.
    limit = training.project.config("limit.yaml", training={"max_minutes": 0.001})
    run = training.project.snakemake("--configfile", SMOKE, "long.yaml", limit, "--", str(WEIGHTS))
    assert run.returncode != 0, run.stdout
    assert "training.max_minutes is over after update 1 of 600; the same command continues" in training.log()
    assert training.saves() == {"save-00000001"}

    # Told to stop, it finishes its update, saves it and fails.
    status, said = training.interrupted(lambda _, script: script.terminate())
    stopped = re.search(r"told to stop after update (\d+) of \d+; the same command continues", training.log())
    assert status != 0, said
    assert stopped, said
    assert "continuing after update 1\n" in training.log()
    assert f"save-{int(stopped[1]):08d}" in training.saves()
    assert not training.weights.exists()

    # Killed together with Snakemake, it has no time for anything.
    status, said = training.interrupted(_kill_all)
    assert status == -signal.SIGKILL, said
    assert f"continuing after update {stopped[1]}\n" in training.log()
    assert not training.weights.exists()

    # A killed Snakemake leaves its lock.
    training.project.snakemake("--unlock", "--configfile", SMOKE)
    last = max(int(name.removeprefix("save-")) for name in training.saves())
    run = training.project.snakemake(*training.command)
    assert run.returncode == 0, run.stdout
    assert f"continuing after update {last}\n" in training.log()
    assert not training.saves()

    assert "continuing after update" not in undisturbed().log()
    assert training.hashes() == undisturbed().hashes()


def _training(finished: Project, folder: Path) -> Training:
    project = finished.copy(folder)
    long = project.config("long.yaml", finetune=LONG, training=SAVING)
    return Training(project, ("--configfile", SMOKE, long, "--", str(WEIGHTS)))


def _kill_all(run: subprocess.Popen, script: psutil.Process) -> None:
    os.killpg(run.pid, signal.SIGKILL)
    wait_for(lambda: _has_ended(script))


def _script(run: subprocess.Popen) -> psutil.Process:
    """The process that trains: the innermost one that snakemake started for the rule."""
    children = psutil.Process(run.pid).children(recursive=True)
    return next(child for child in children if "finetune_fold" in " ".join(child.cmdline()) and not child.children())


def _has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
