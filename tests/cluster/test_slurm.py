"""The `slurm` profile on a real SLURM of one node: what each job gets, and that a killed one goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import local_slurm
import patience
import pytest
from long_training import MEMORY, PROFILE, TRAININGS, WEIGHTS, Long
from projects import SMOKE, Project, job_counts

from yiju.base.files import sha256

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(local_slurm.missing() is not None, reason=str(local_slurm.missing())),
]

# Of a training that is allowed a minute, twenty seconds of which are kept for leaving.
SECONDS = 80


@pytest.fixture(scope="module", autouse=True)
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local_slurm.Cluster]:
    cluster = local_slurm.Cluster(tmp_path_factory.mktemp("slurm"))
    cluster.start()
    yield cluster
    cluster.stop()


def rule_of(job: dict[str, str]) -> str:
    """Snakemake names the rule in the job's comment."""
    return re.sub(r"^rule_", "", job.get("Comment", "")).split("_wildcards_")[0]


def time_of(job: dict[str, str], key: str) -> datetime:
    return datetime.fromisoformat(job[key])


def test_the_whole_sample_runs_and_every_training_has_four_gpus_for_itself(
    cluster: local_slurm.Cluster, project: Project
) -> None:
    before = {job["JobId"] for job in cluster.jobs()}
    run = project.snakemake(*PROFILE, *MEMORY, "--configfile", SMOKE)
    assert run.returncode == 0, run.stdout
    assert (project.folder / "results/smoke/report/index.html").stat().st_size > 100_000
    jobs = [job for job in cluster.jobs() if job["JobId"] not in before]
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    trainings = sorted(
        (job for job in jobs if rule_of(job).startswith(TRAININGS)), key=lambda job: time_of(job, "StartTime")
    )
    launched = re.findall(r"SLURM jobid '?(\d+)'?", run.stdout)
    assert len(launched) == len(set(launched)) == len(jobs)
    planned = job_counts(run.stdout)
    assert len(trainings) == sum(planned[rule] for rule in TRAININGS)
    assert {job["TresPerJob"] for job in trainings} == {"gres:gpu:4"}
    for one, other in pairwise(trainings):
        assert time_of(one, "EndTime") <= time_of(other, "StartTime")


@pytest.fixture(scope="module")
def undisturbed(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Hash of the weights of the long training where nothing happens to it."""
    return Long(finished, tmp_path_factory.mktemp("undisturbed") / "project").finished()


@pytest.mark.parametrize("what", ["scancel", "a node that dies"])
def test_a_training_that_is_killed_goes_on_by_itself(
    cluster: local_slurm.Cluster, finished: Project, undisturbed: str, tmp_path: Path, what: str
) -> None:
    training = Long(finished, tmp_path / "project")
    with training.start() as run:
        training.wait_for_a_save(run)
        if what == "scancel":
            cluster.cancel(cluster.jobs()[-1]["JobId"])
        else:
            cluster.stop_nodes()
            cluster.start_nodes()
        said, _ = run.communicate(timeout=patience.SECONDS)
    assert run.returncode == 0, said
    assert "continuing after update" in training.log()
    assert sha256(training.project.folder / WEIGHTS) == undisturbed


def test_a_training_longer_than_the_queue_allows_goes_on_by_itself(
    cluster: local_slurm.Cluster, finished: Project, tmp_path: Path
) -> None:
    short = Long(finished, tmp_path / "short")
    short.finished_without_a_cluster()
    epochs = round(short.epochs * SECONDS / short.seconds())
    training = Long(finished, tmp_path / "project", epochs)
    undisturbed = Long(finished, tmp_path / "undisturbed", epochs).finished_without_a_cluster()
    assert training.finished("--retries", "0", "--set-resources", "finetune_fold:runtime=1") == undisturbed
    (job,) = [job for job in cluster.jobs() if job["TimeLimit"] == "00:01:00"]
    assert job["JobState"] == "COMPLETED"
    assert int(job["Restarts"]) >= 1
