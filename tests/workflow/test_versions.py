"""The lowest Snakemake that the Snakefile asks for reads the whole workflow; one below it is told so in words."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from projects import ROOT, SMOKE, Project, job_counts

LOWEST = re.search(r'min_version\("([\d.]+)"\)', (ROOT / "Snakefile").read_text(encoding="utf-8"))[1]
# What it needs beside what the pinned version needs.
OLD_PARTS = ("appdirs", "reretry")
# Snakemake, which takes itself for another version.
PRETENDING = """
import sys
import snakemake.common
snakemake.common.__version__ = sys.argv.pop(1)
from snakemake.cli import main
main()
"""


@pytest.mark.slow
def test_the_lowest_version_reads_the_workflow(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    wanted = [f"snakemake=={LOWEST}", *OLD_PARTS]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path / "lowest")]
    installed = subprocess.run([*pip, *wanted], capture_output=True, text=True)
    if installed.returncode:
        pytest.skip(f"snakemake {LOWEST} cannot be installed here: {installed.stderr.strip().splitlines()[-1]}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lowest"))
    # A process of its own each: the ones that the tests fork from have loaded the pinned version.
    version, run = (project.start(*arguments) for arguments in (["--version"], ["--dry-run", "--configfile", SMOKE]))
    assert version.communicate()[0].strip() == LOWEST
    said = run.communicate()[0]
    assert run.returncode == 0, said
    monkeypatch.delenv("PYTHONPATH")
    assert job_counts(said) == job_counts(project.snakemake("--dry-run", "--configfile", SMOKE).stdout)


@pytest.mark.parametrize("version", [pytest.param("9.0.0", marks=pytest.mark.slow), "9.16.2"])
def test_a_version_below_it_is_told_so_with_the_remedy(project: Project, version: str):
    command = [sys.executable, "-c", PRETENDING, version, "--cores", "1", "--dry-run"]
    run = subprocess.run(command, cwd=project.folder, capture_output=True, text=True)
    said = run.stdout + run.stderr
    assert run.returncode != 0
    assert f"Expecting Snakemake version {LOWEST} or higher (you are currently using {version})" in said
    assert "pip install -r requirements/workflow.txt" in said
    assert "Traceback" not in said
