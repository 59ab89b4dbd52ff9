"""`yiju search` for real, killed in its second trial: it goes on with that trial, and shares what comes before."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from patience import wait_for
from projects import CORES, ROOT, SMOKE, Project

pytest.importorskip("optuna", reason="optuna is not installed: pip install -r requirements/search.txt")
RUN = Path("results/searched")
COMMAND = (
    *("search", SMOKE, "mine.yaml", "--trials", "3", "--cores", CORES),
    *("--space", "finetune.learning_rate=log:1e-4:1e-2", "--space", "finetune.batch_size=16,32,64"),
)


def start(project: Project) -> subprocess.Popen[str]:
    """The command in a process group of its own."""
    environment = {"PYTHONPATH": str(ROOT / "workflow_scripts"), "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    inherited = os.environ.get("PYTHONPATH", "")
    environment["PYTHONPATH"] += f"{os.pathsep}{inherited}" if inherited else ""
    return subprocess.Popen(
        [sys.executable, "-m", "yiju", *COMMAND],
        cwd=project.folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def tried(text: str) -> list[str]:
    return re.findall(r"^trial-\d+, \d+ of 3: .*$", text, re.M)


@pytest.mark.slow
def test_a_search_that_is_killed_goes_on_with_its_trial_and_judges_no_set(project: Project):
    project.config("mine.yaml", run="searched", finetune={"folds": 1}, variants={})
    log = project.folder / RUN / "search/trials/trial-1.log"
    with start(project) as process:
        wait_for(lambda: (log.is_file() and "Fine-tuning fold" in log.read_text()) or process.poll() is not None)
        assert process.poll() is None, process.communicate()[0]
        os.killpg(process.pid, signal.SIGKILL)
        before = process.communicate()[0]
    with start(project) as process:
        after = process.communicate()[0]

    assert process.returncode == 0, after
    assert "holds a search that goes on; 1 trial is done" in after
    # The one that was killed is run again with the same values.
    assert tried(before)[1] == tried(after)[0] and len(tried(after)) == 2
    logs = [file.read_text() for file in sorted((project.folder / RUN / "search/trials").glob("*.log"))]
    assert [text.count("Post-training the encoder") for text in logs] == [1, 0, 0]
    # The data and the folders of trials' models are no more than there is to be.
    assert not (project.folder / RUN / "sets").exists() and not list((project.folder / RUN / "variants").iterdir())
    best = yaml.safe_load((project.folder / RUN / "search/best.yaml").read_text())
    assert set(best["finetune"]) == {"learning_rate", "batch_size"}
