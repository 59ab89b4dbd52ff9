"""Every rule, interrupted in every way: the same command again ends with the bytes of a run that nobody disturbed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import patience
import psutil
import pytest
from projects import ROOT, SMOKE, Project

from yiju.base.files import sha256
from yiju.data.fetching.store import stored_at

pytestmark = pytest.mark.slow
RULES = sorted(
    name
    for file in (ROOT / "rules").glob("*.smk")
    for name in re.findall(r"^rule (\w+):", file.read_text(encoding="utf-8"), re.M)
)
# With these the smoke preset has a job of every rule.
MORE = {
    "finetune": {"intermediate": {"corpora": ["AFQMC"], "epochs": 0.2}},
    "explain": {"select": {"by": "dev"}, "splits": ["dev"], "pairs": 20},
}
RUN = Path("results/smoke")
# What tells of times.
UNSTEADY = {"timings", "seconds", "study.json", "curves", "report"}


@dataclass(frozen=True)
class Job:
    """One job of a rule: its outputs, the stem of its log, and how long its process took, imports included."""

    outputs: tuple[Path, ...]
    log: str
    seconds: float


def _end_job(_: subprocess.Popen, script: psutil.Process) -> None:
    script.terminate()


def _kill_job(_: subprocess.Popen, script: psutil.Process) -> None:
    script.kill()


def _end_snakemake(run: subprocess.Popen, _: psutil.Process) -> None:
    run.terminate()


def _kill_snakemake(run: subprocess.Popen, script: psutil.Process) -> None:
    """Its job goes on alone, and is waited for: the same training twice at a time would be refused."""
    run.kill()
    psutil.wait_procs([script], patience.SECONDS)


def _kill_all(run: subprocess.Popen, script: psutil.Process) -> None:
    os.killpg(run.pid, signal.SIGKILL)
    psutil.wait_procs([script], patience.SECONDS)


# Each with the share of the job's time at which it comes; None: while its script is still being loaded.
INTERRUPTIONS: tuple[tuple[Callable, float | None], ...] = (
    (_kill_job, None),
    (_end_job, 0.5),
    (_end_snakemake, 0.3),
    (_kill_job, 0.9),
    (_kill_snakemake, 0.6),
    (_kill_all, 0.8),
)


@pytest.fixture(scope="module")
def everything(template: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, Job]]:
    """A run with a job of every rule, and the first of each."""
    project = template.copy(tmp_path_factory.mktemp("everything") / "project")
    command = ("--configfile", SMOKE, project.config("more.yaml", **MORE, **_fetched(project)))
    run = project.snakemake(*command)
    assert run.returncode == 0, run.stdout
    summary = project.snakemake(*command, "--summary").stdout
    head, *lines = summary[summary.index("output_file\t") :].splitlines()
    rows = [dict(zip(head.split("\t"), line.split("\t"), strict=False)) for line in lines if "\t" in line]
    outputs: dict[str, list[Path]] = {}
    for row in rows:
        outputs.setdefault(Path(row["log-file(s)"]).stem, []).append(Path(row["output_file"]))
    jobs: dict[str, Job] = {}
    for log, paths in outputs.items():
        timings = project.folder / RUN / f"timings/{log}.json"
        # A variant's job is like the base's.
        if timings.exists():
            facts = json.loads(timings.read_text(encoding="utf-8"))
            jobs.setdefault(facts["rule"], Job(tuple(paths), log, facts["seconds"]))
    return project, jobs


def _fetched(project: Project) -> dict[str, dict]:
    """Sections by which two files come from the web; they lie in the folder of downloads already."""
    sources = {name: f"data/sample/{name}" for name in ("LCQMC/train.tsv", "test_sets/gold_sample.txt")}
    remote = {}
    for name, path in sources.items():
        known = {"source": f"https://example.org/{name}", "sha256": sha256(project.folder / path)}
        stored = project.folder / stored_at("data/downloads", known)
        stored.parent.mkdir(parents=True, exist_ok=True)
        (project.folder / path).rename(stored)
        remote[name] = known
    train, gold = remote.values()
    files = [{"split": "train", **train}, *({"split": s, "source": f"LCQMC/{s}.tsv"} for s in ("dev", "test"))]
    return {
        "corpora": {"terms": "accepted", "catalogue": {"LCQMC": {"files": files}}},
        "test_sets": {"catalogue": {"sample": {"gold": gold}}},
    }


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_interrupted_again_and_again_gives_the_same_bytes(
    everything: tuple[Project, dict[str, Job]], tmp_path: Path, rule: str
) -> None:
    undisturbed, jobs = everything
    job = jobs[rule]
    project = undisturbed.copy(tmp_path / "project")
    expected = _hashes(undisturbed, job)
    for path in job.outputs:
        (project.folder / path).unlink()
    command = ("--configfile", SMOKE, "more.yaml", "--", *map(str, job.outputs))

    hits = 0
    for interrupt, share in INTERRUPTIONS:
        hits += _interrupted(project, command, rule, job, interrupt, share)
        # Whatever is there is whole.
        found = _hashes(project, job)
        assert found == {path: expected[path] for path in found}
        if interrupt in (_kill_snakemake, _kill_all):
            project.snakemake("--unlock", "--configfile", SMOKE, "more.yaml")
    assert hits > 0

    run = project.snakemake(*command)

    assert run.returncode == 0, run.stdout
    assert all((project.folder / path).stat().st_size for path in job.outputs)
    assert _hashes(project, job) == expected


def _interrupted(
    project: Project, command: tuple[str, ...], rule: str, job: Job, interrupt: Callable, share: float | None
) -> bool:
    """Run until the job is where it is to be interrupted, and do so; whether it was still at work."""
    # Snakemake removes the one that is there, and the job begins with a new one.
    log = project.folder / RUN / f"logs/{job.log}.log"
    log.unlink(missing_ok=True)
    with project.start(*command) as run:
        script = _wait_for(lambda: _script(run, rule), run)
        if script is not None and share is not None:
            _wait_for(log.exists, run)
            time.sleep(max(0.0, script.create_time() + share * job.seconds - time.time()))
        at_work = script is not None and script.is_running() and script.status() != psutil.STATUS_ZOMBIE
        if at_work:
            interrupt(run, script)
        said, _ = run.communicate(timeout=patience.SECONDS)
    assert at_work or run.returncode == 0, said
    return at_work


def _script(run: subprocess.Popen, rule: str) -> psutil.Process | None:
    """The process that does the rule's work: the innermost one that snakemake started for it."""
    try:
        children = psutil.Process(run.pid).children(recursive=True)
        named = [child for child in children if f".{rule}.py" in " ".join(child.cmdline())]
        return next((child for child in named if not child.children()), None)
    except psutil.NoSuchProcess:
        return None


def _wait_for(condition: Callable[[], Any], run: subprocess.Popen) -> Any:
    """What the condition finds at last; None if snakemake ends before."""
    found = patience.wait_for(lambda: condition() or (run if run.poll() is not None else None))
    return None if found is run else found


def _hashes(project: Project, job: Job) -> dict[Path, str]:
    """Of the outputs that are there and do not tell of times."""
    steady = (path for path in job.outputs if not UNSTEADY & set(path.parts))
    return {path: sha256(project.folder / path) for path in steady if (project.folder / path).exists()}
