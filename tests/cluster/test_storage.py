"""Outputs in a storage that is no disk of any job, as under Kubernetes: a folder, or a bucket on this machine."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from patience import wait_for
from projects import SMOKE, Project

from yiju.base.files import sha256

RUN = Path("results/smoke")
# What a job still sees of the disk on which Snakemake runs.
SHARED = ("persistence", "software-deployment", "software-deployment-cache", "sources", "source-cache")
# Timings are written beside the results, and stay where the job ran.
SAME = ("model.safetensors", "pairs.parquet", "judged.parquet", "faithful.jsonl", "sim_rationale_f1_f2_f3.zip")
NAME = "yiju-tests"
KEYS = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    *("SNAKEMAKE_STORAGE_S3_ACCESS_KEY", "SNAKEMAKE_STORAGE_S3_SECRET_KEY"),
)

pytestmark = pytest.mark.slow


def assert_the_same(found: Path, finished: Project) -> None:
    assert (found / RUN / "report/index.html").stat().st_size > 100_000
    hashes = {path.relative_to(found): sha256(path) for path in found.rglob("*") if path.name in SAME}
    assert len(hashes) > 10
    assert hashes == {path: sha256(finished.folder / path) for path in hashes}


@pytest.mark.skipif(shutil.which("rsync") is None, reason="the plugin copies by rsync: apt-get install rsync")
def test_the_whole_sample_gives_the_same_bytes_through_a_folder(
    project: Project, finished: Project, tmp_path: Path
) -> None:
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    storage = ("--default-storage-provider", "fs", "--default-storage-prefix", str(bucket))

    run = project.snakemake(*storage, "--shared-fs-usage", *SHARED, "--configfile", SMOKE)

    assert run.returncode == 0, run.stdout
    assert not (project.folder / RUN / "data").exists()
    assert_the_same(bucket, finished)


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that speaks S3, with an empty bucket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name in KEYS:
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with (tmp_path / "s3.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log
        )
    wait_for(lambda: listens(port))
    yield f"http://127.0.0.1:{port}"
    server.kill()
    server.wait()


@pytest.mark.skipif(
    find_spec("moto") is None or find_spec("snakemake_storage_plugin_s3") is None,
    reason="no S3 here: pip install -r requirements/kubernetes.txt 'moto[s3,server]'",
)
def test_the_whole_sample_gives_the_same_bytes_through_a_bucket(
    project: Project, finished: Project, s3: str, tmp_path: Path
) -> None:
    import boto3

    bucket = boto3.resource("s3", endpoint_url=s3).Bucket(NAME)
    bucket.create()
    storage = ("--default-storage-provider", "s3", "--default-storage-prefix", f"s3://{NAME}/yiju")

    run = project.snakemake(
        *storage, "--storage-s3-endpoint-url", s3, "--shared-fs-usage", *SHARED, "--configfile", SMOKE
    )

    assert run.returncode == 0, run.stdout
    assert not (project.folder / RUN / "data").exists()
    for item in bucket.objects.all():
        file = tmp_path / "found" / item.key
        file.parent.mkdir(parents=True, exist_ok=True)
        bucket.download_file(item.key, str(file))
    assert_the_same(tmp_path / "found/yiju", finished)
