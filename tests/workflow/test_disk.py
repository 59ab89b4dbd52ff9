"""Disks that are full or may not be written to, and a folder that another Snakemake uses: a message, nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from at_hand import needs_root
from projects import ROOT, SMOKE, Project

PAIRS = "results/smoke/data/pairs.parquet"
FULL, ROOMY = "size=300k", "size=200m"


@pytest.fixture
def small(project: Project) -> Iterator[Project]:
    """A project whose results lie on a disk of their own, too small for them."""
    results = project.folder / "results"
    results.mkdir()
    _mount("-t", "tmpfs", "-o", FULL, "tmpfs", results)
    yield project
    subprocess.run(["umount", results], check=True)


@pytest.mark.slow
@needs_root
def test_a_full_disk_ends_in_a_message_and_the_same_command_goes_on_once_there_is_room(small: Project) -> None:
    run = small.snakemake("--configfile", SMOKE, "--", PAIRS)

    assert run.returncode != 0
    assert "No space left on device: 'results/smoke/data/" in run.stdout
    assert "make room there, then run the same command again" in run.stdout
    assert "Traceback" not in run.stdout
    assert not _temporary(small)

    _mount("-o", f"remount,{ROOMY}", small.folder / "results")
    run = small.snakemake("--configfile", SMOKE, "--", PAIRS)
    assert run.returncode == 0, run.stdout


@needs_root
def test_a_disk_that_may_not_be_written_to_ends_in_a_message(small: Project) -> None:
    _mount("-o", "remount,ro", small.folder / "results")

    run = small.snakemake("--configfile", SMOKE, "--", PAIRS)

    assert run.returncode != 0
    assert "Read-only file system" in run.stdout
    assert "results/smoke" in run.stdout


@pytest.mark.slow
def test_a_second_snakemake_in_one_folder_stops_and_names_the_remedy(project: Project) -> None:
    (project.folder / "slow.smk").write_text(
        'include: "Snakefile"\n\n\nrule slow:\n    output:\n        "slow.txt"\n    shell:\n        "sleep 60"\n',
        encoding="utf-8",
    )
    with project.start("--snakefile", "slow.smk", "--configfile", SMOKE, "--", "slow.txt") as first:
        assert first.stdout
        while "localrule slow" not in (said := first.stdout.readline()) and "rule slow" not in said:
            assert first.poll() is None
        second = project.snakemake("--snakefile", "slow.smk", "--configfile", SMOKE, "--", "slow.txt")
        first.terminate()
        first.kill()

    assert second.returncode != 0
    assert "cannot be locked" in second.stdout
    assert "--unlock" in second.stdout


@pytest.mark.slow
def test_an_input_that_vanishes_while_others_run_is_named(project: Project) -> None:
    source = "data/sample/PAWSX/x-final.tar.gz"
    (project.folder / "vanish.smk").write_text(
        f'include: "Snakefile"\n\n\nonstart:\n    Path("{source}").unlink()\n', encoding="utf-8"
    )

    run = project.snakemake("--snakefile", "vanish.smk", "--configfile", SMOKE, "--", PAIRS)

    assert run.returncode != 0
    assert source in run.stdout
    assert not (project.folder / PAIRS).exists()

    (project.folder / source).parent.mkdir(exist_ok=True)
    shutil.copy2(ROOT / source, project.folder / source)
    run = project.snakemake("--configfile", SMOKE, "--", PAIRS)
    assert run.returncode == 0, run.stdout


@pytest.mark.slow
def test_files_from_the_future_are_named(project: Project) -> None:
    """A clock that jumped: what is changed now would look older than what was made of it."""
    source = project.folder / "data/sample/AFQMC/dev.json"
    os.utime(source, times=(time.time() + 86_400,) * 2)

    run = project.snakemake("--configfile", SMOKE, "--", "results/smoke/data/corpora/AFQMC.parquet")

    # Snakemake refuses what is made of it, and says why.
    assert run.returncode != 0
    assert "older modification time" in run.stdout
    assert "data/sample/AFQMC/dev.json" in run.stdout.split("older modification time")[1]
    source.touch()
    run = project.snakemake("--configfile", SMOKE, "--", "results/smoke/data/corpora/AFQMC.parquet")
    assert run.returncode == 0, run.stdout


def _mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *arguments], check=True)


def _temporary(project: Project) -> list[Path]:
    return [path for path in (project.folder / "results").rglob(".*") if path.is_file()]
