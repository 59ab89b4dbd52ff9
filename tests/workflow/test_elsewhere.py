"""The workflow from elsewhere: in another working directory, and as a module of another workflow."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from projects import SMOKE, Project, job_counts

PAIRS = "data/pairs.parquet"
OUTER = """
configfile: "outer.yaml"


module yiju:
    snakefile:
        "{folder}/Snakefile"
    config:
        config["yiju"]


use rule * from yiju{naming}


rule copy_pairs:
    default_target: True
    input:
        "results/theirs/data/pairs.parquet",
    output:
        "pairs.parquet",
    shell:
        "cp {{input}} {{output}}"
"""


def outer(template: Project, folder: Path, naming: str, **own: object) -> Project:
    """Another workflow in a folder of its own, which takes the project as a module under the smoke preset."""
    folder.mkdir()
    smoke = yaml.safe_load((template.folder / SMOKE).read_text(encoding="utf-8"))
    (folder / "Snakefile").write_text(OUTER.format(folder=template.folder, naming=naming), encoding="utf-8")
    other = Project(folder)
    # A section of its own, in which a key of ours would be wrong.
    other.config("outer.yaml", yiju=smoke | {"run": "theirs"} | own, corpora={"theirs": 1})
    return other


def test_results_lie_in_the_working_directory_and_the_sample_is_the_projects_own(template: Project, tmp_path: Path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    place = ("--directory", str(folder), "--snakefile", "Snakefile", "--configfile", SMOKE)

    run = template.snakemake(*place, "--", f"results/smoke/{PAIRS}")

    assert run.returncode == 0, run.stdout
    assert (folder / "results/smoke" / PAIRS).is_file()
    assert not (template.folder / "results").exists()
    assert {path.name for path in folder.iterdir()} <= {"results", ".snakemake"}


def test_a_folder_of_corpora_in_the_working_directory_comes_first(template: Project, tmp_path: Path):
    folder = tmp_path / "elsewhere"
    (folder / "data/sample").mkdir(parents=True)

    run = template.snakemake("--directory", str(folder), "--dry-run", "--configfile", SMOKE)

    assert run.returncode != 0
    assert "corpora.catalogue.LCQMC: data/sample/LCQMC/train.tsv" in run.stdout


def test_another_workflow_takes_it_as_a_module(template: Project, tmp_path: Path):
    other = outer(template, tmp_path / "outer", " exclude all")

    run = other.snakemake()

    assert run.returncode == 0, run.stdout
    assert (other.folder / "pairs.parquet").read_bytes() == (other.folder / "results/theirs" / PAIRS).read_bytes()
    assert "merge_corpora" in job_counts(run.stdout)
    again = other.snakemake("--dry-run")
    assert "Nothing to be done" in again.stdout, again.stdout


@pytest.mark.parametrize("naming", ["", " as yiju_*"])
def test_a_module_may_be_planned_to_its_report(template: Project, tmp_path: Path, naming: str):
    other = outer(template, tmp_path / "outer", naming)

    run = other.snakemake("--dry-run", "--", "results/theirs/report/index.html")

    assert run.returncode == 0, run.stdout
    expected = template.snakemake("--dry-run", "--configfile", SMOKE, "--", "results/smoke/report/index.html")
    jobs = {name.removeprefix("yiju_"): count for name, count in job_counts(run.stdout).items()}
    assert jobs == job_counts(expected.stdout)


def test_a_wrong_key_of_a_module_is_named_as_the_module_sees_it(template: Project, tmp_path: Path):
    other = outer(template, tmp_path / "outer", "", finetune={"epoch": 3})

    run = other.snakemake("--dry-run")

    assert run.returncode != 0
    assert "finetune.epoch (" in run.stdout
    assert "no such key" in run.stdout
    assert "Traceback" not in run.stdout
