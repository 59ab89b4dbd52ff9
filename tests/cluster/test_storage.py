"""Outputs in a storage that is no disk of any job, as under Kubernetes: here another folder stands for the bucket."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from projects import SMOKE, Project

from yiju.provenance import sha256

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("rsync") is None, reason="the plugin copies by rsync: apt-get install rsync"),
]
RUN = Path("results/smoke")
# Timings are written beside the results, and stay where the job ran.
SAME = ("model.safetensors", "pairs.parquet", "judged.parquet", "faithful.jsonl", "sim_rationale_f1_f2_f3.zip")


def test_the_whole_sample_gives_the_same_bytes_through_a_storage(
    project: Project, finished: Project, tmp_path: Path
) -> None:
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    shared = ("persistence", "software-deployment", "software-deployment-cache", "sources", "source-cache")
    storage = ("--default-storage-provider", "fs", "--default-storage-prefix", str(bucket))

    run = project.snakemake(*storage, "--shared-fs-usage", *shared, "--configfile", SMOKE)

    assert run.returncode == 0, run.stdout
    assert not (project.folder / RUN / "data").exists()
    assert (bucket / RUN / "report/index.html").stat().st_size > 100_000
    found = {path.relative_to(bucket): sha256(path) for path in bucket.rglob("*") if path.name in SAME}
    assert len(found) > 10
    assert found == {path: sha256(finished.folder / path) for path in found}
