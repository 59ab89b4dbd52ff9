"""The smoke preset through the `slurm` profile, with a training that lasts long enough to be ended from outside."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from patience import wait_for
from projects import SMOKE, Project

from yiju.base.files import sha256

TRAININGS = ("posttrain_encoder", "finetune_fold")
# What a node of this machine's size can give; no accounting; nobody waits for a slow file system.
PROFILE = (
    *("--profile", "profiles/slurm", "--slurm-status-command", "squeue", "--slurm-no-account"),
    *("--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2", "--latency-wait", "10"),
    *("--default-resources", "mem_mb=2000", "runtime=60"),
)
WEIGHTS = "results/smoke/folds/0/model/model.safetensors"
MEMORY = ("--set-resources", *(f"{rule}:mem_mb=4000" for rule in (*TRAININGS, "merge_corpora")))


class Long:
    """A run in which one training of hundreds of updates is left to do."""

    files = ("--configfile", SMOKE, "long.yaml")
    command = (*PROFILE, *MEMORY, *files)

    def __init__(self, finished: Project, folder: Path, epochs: int = 120, **sections: object) -> None:
        self.epochs = epochs
        self.project = finished.copy(folder)
        settings = {"batch_size": 8, "epochs": epochs, "evaluate_every": 500}
        self.project.config("long.yaml", finetune=settings, training={"save_every": 0.02}, **sections)

    def wait_for_a_save(self, run: subprocess.Popen[str]) -> None:
        """Wait until the training, before which another has to run, has saved."""
        work = self.project.folder / "results/.work/finetune_fold"
        wait_for(lambda: list(work.glob("*/save-*")) or run.poll() is not None)
        assert run.poll() is None, run.communicate()[0]

    def finished(self, *arguments: str) -> str:
        run = self.project.snakemake(*self.command, *arguments, "--", WEIGHTS)
        assert run.returncode == 0, run.stdout
        return sha256(self.project.folder / WEIGHTS)

    def finished_without_a_cluster(self) -> str:
        run = self.project.snakemake(*self.files, "--", WEIGHTS)
        assert run.returncode == 0, run.stdout
        return sha256(self.project.folder / WEIGHTS)

    def seconds(self) -> float:
        facts = self.project.folder / "results/smoke/timings/finetune_fold.0.json"
        return json.loads(facts.read_text(encoding="utf-8"))["seconds"]

    def log(self) -> str:
        return (self.project.folder / "results/smoke/logs/finetune_fold.0.log").read_text(encoding="utf-8")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return self.project.start(*self.command, *arguments, "--", WEIGHTS)
