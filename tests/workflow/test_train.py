"""`yiju train` for real: from a table in an empty folder to a report, killed in between, by a clone and by a wheel."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from patience import wait_for
from projects import CORES, ROOT
from unit.app.training_tables import rows, write

from yiju.base import tables

RUN = Path("results/pairs")
COMMAND = ("pairs.csv", "--preset", "trial", "--cores", CORES)


def environment(package: Path) -> dict[str, str]:
    """Of a process that finds the package in a folder, and nothing of the tests'."""
    return {**os.environ, "PYTHONPATH": str(package), "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}


def start(folder: Path, arguments: Sequence[str], package: Path = ROOT / "workflow_scripts") -> subprocess.Popen[str]:
    """Start `yiju train` in a folder, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "yiju", "train", *arguments],
        cwd=folder,
        env=environment(package),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def train(folder: Path, *arguments: str, package: Path = ROOT / "workflow_scripts") -> str:
    """Run it to its end; what it says on both streams."""
    with start(folder, arguments, package) as process:
        said, _ = process.communicate()
    assert process.returncode == 0, said
    return said


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder but for a table."""
    write(tmp_path / "pairs.csv", rows(120))
    return tmp_path


def test_the_jobs_are_planned_in_a_folder_with_nothing_but_the_table(folder: Path):
    said = train(folder, *COMMAND, "--dry-run")
    assert "finetune_fold" in said and "draw_explained" in said
    assert {path.name for path in folder.iterdir()} == {"pairs.csv", "results", ".snakemake"}


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_and_ends_with_a_report_and_the_next_command(folder: Path):
    with start(folder, COMMAND) as process:
        wait_for(lambda: (folder / RUN / "data/pairs.parquet").exists() or process.poll() is not None)
        assert process.poll() is None, process.communicate()[0]
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    said = train(folder, *COMMAND)

    assert f"{RUN} was begun by this command, and goes on" in said
    splits = json.loads((folder / RUN / "data/ledger.json").read_text())["total"]["splits"]
    assert splits == {"train": 84, "dev": 18, "test": 18}
    assert "data: 84 train, 18 dev and 18 test pairs" in said
    for beginning in ("accuracy on test, 18 pairs: ", "explanations: ", "warnings, which the report explains: "):
        assert f"\n{beginning}" in said
    assert f"report: {RUN}/report/index.html" in said
    assert f" explain SENTENCE SENTENCE --model {RUN}/folds/0/model" in said
    _is_explained(folder / RUN)
    assert "nothing to do" in train(folder, *COMMAND)


def _is_explained(run: Path) -> None:
    """Pairs of dev and test are explained, some of each, and the page shows them."""
    for name in ("dev", "test"):
        items = tables.read(run / f"sets/{name}/explained/items.parquet", tables.ITEMS)
        method = tables.read(run / f"sets/{name}/attributions/gradient_input_l2.parquet", tables.ATTRIBUTIONS)
        assert len(items) == 10 and set(method["item"]) == set(items["item"])
    page = (run / "report/index.html").read_text(encoding="utf-8")
    assert "No set was explained" not in page and "judged, not explained" not in page


@pytest.mark.slow
def test_the_wheel_carries_the_workflow(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    built, package = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("package")
    source = tmp_path_factory.mktemp("source") / "project"
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(built), str(source)]
    subprocess.run([*pip, *build], check=True)
    wheels = [str(file) for file in built.glob("yiju-*.whl")]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", str(package), *wheels], check=True)

    assert {path.name for path in (package / "yiju/workflow").iterdir()} >= {"Snakefile", "config.yaml", "rules"}
    assert "Usage: yiju train" in train(folder, "--help", package=package)
    said = train(folder, *COMMAND, "--dry-run", package=package)
    assert f"Config file {os.path.relpath(package, folder)}/yiju/workflow/config.yaml" in said
    # The same rules by the same code: what the wheel computes is nothing new to a clone.
    train(folder, *COMMAND, package=package)
    assert "nothing to do" in train(folder, *COMMAND)
