"""One training on two nodes of a real SLURM, both of them this machine: started, watched, killed and gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import local_slurm
import patience
import pytest
from long_training import WEIGHTS, Long
from projects import Project

from yiju.base.files import sha256

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(local_slurm.missing() is not None, reason=str(local_slurm.missing())),
]
# Half of the GPUs of each.
TWO = {"jobs": {"nodes": 2, "gpus": 2}}


@pytest.fixture(scope="module", autouse=True)
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local_slurm.Cluster]:
    cluster = local_slurm.Cluster(tmp_path_factory.mktemp("slurm"), nodes=2)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def undisturbed(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Long:
    training = Long(finished, tmp_path_factory.mktemp("undisturbed") / "project", **TWO)
    training.finished()
    return training


def test_a_training_holds_the_gpus_of_two_nodes_and_is_one(cluster: local_slurm.Cluster, undisturbed: Long) -> None:
    job = cluster.jobs()[-1]
    assert job["JobState"] == "COMPLETED"
    assert job["NodeList"] == "127.0.0.[2-3]"
    # By job alone SLURM might give three GPUs of one node and one of the other.
    assert (job["TresPerJob"], job["TresPerNode"]) == ("gres:gpu:4", "gres:gpu:2")
    assert "processes: 1 on 127.0.0.2 and on 127.0.0.3" in undisturbed.log()


def test_a_training_on_two_nodes_that_is_killed_goes_on(
    cluster: local_slurm.Cluster, finished: Project, undisturbed: Long, tmp_path: Path
) -> None:
    training = Long(finished, tmp_path / "project", **TWO)
    with training.start() as run:
        training.wait_for_a_save(run)
        cluster.cancel(cluster.jobs()[-1]["JobId"])
        said, _ = run.communicate(timeout=patience.SECONDS)
    assert run.returncode == 0, said
    assert "continuing after update" in training.log()
    assert sha256(training.project.folder / WEIGHTS) == sha256(undisturbed.project.folder / WEIGHTS)
