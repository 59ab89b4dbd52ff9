"""Copies of the project in temporary folders, with a cut-down sample, run by the real Snakefile and command line."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from python_host import run_snakemake

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("Snakefile", "config.yaml", "rules", "envs", "presets", "profiles", "workflow_scripts")
CORES = str(min(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2))
ROWS = {"LCQMC/train.tsv": 200, "LCQMC/dev.tsv": 60, "LCQMC/test.tsv": 60}
# Plain lines; the other corpora are small, and some of them archives.
CUT = ("LCQMC", "AFQMC", "OCNLI", "Chinese-STS-B")
OTHER_ROWS = 50
ORIGINALS = 10
SMOKE = "presets/smoke.yaml"
# On one thread each, two jobs share two cores; by itself a training takes all there are.
TRAININGS = (
    *("posttrain_encoder", "finetune_intermediate", "finetune_fold"),
    *("predict_pairs", "predict_held_out", "attribute_tokens", "index_evidence"),
    *("examine_examples", "evaluate_faithfulness"),
)


class Project:
    """A copy of the project in a folder of its own, in which anything may be changed and run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""

    def snakemake(self, *arguments: str, cache: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run snakemake to its end; what it says on both streams is in `stdout`. cache: of shared results."""
        status, said = run_snakemake(self.folder, _environment(cache), *_options(arguments))
        return subprocess.CompletedProcess(arguments, status, said)

    def start(self, *arguments: str, cache: Path | None = None) -> subprocess.Popen[str]:
        """Start snakemake in a process group of its own, so that it can be killed with its jobs."""
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", *_options(arguments)],
            cwd=self.folder,
            env=_environment(cache),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def copy(self, folder: Path) -> Project:
        """Copy everything, times of change included: a finished run stays finished."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder)

    def config(self, name: str, **sections: object) -> str:
        """Write a configuration file; returns its name, to be given after `--configfile`."""
        (self.folder / name).write_text(yaml.safe_dump(sections, allow_unicode=True), encoding="utf-8")
        return name

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that occurs once in a file of the copy."""
        text = (self.folder / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {path}"
        (self.folder / path).write_text(text.replace(old, new), encoding="utf-8")

    def report_rules(self) -> set[str]:
        """Names of the rules that only show what the others made."""
        files = (self.folder / f"rules/{name}.smk" for name in ("report", "card"))
        texts = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
        return {name for text in texts for name in re.findall(r"^rule (\w+):", text, re.M)}


def _options(arguments: tuple[str, ...]) -> list[str]:
    return ["--cores", CORES, "--nocolor", "--set-threads", *(f"{rule}=1" for rule in TRAININGS), *arguments]


def _environment(cache: Path | None) -> dict[str, str]:
    shared = {"SNAKEMAKE_OUTPUT_CACHE": str(cache)} if cache else {}
    return {**os.environ, "CUDA_VISIBLE_DEVICES": "", "PYTHONDONTWRITEBYTECODE": "", **shared}


def job_counts(said: str) -> dict[str, int]:
    """Jobs of each rule, from the first table of job statistics that snakemake printed."""
    assert "\nJob stats:\n" in said, said
    table = said.split("\nJob stats:\n", 1)[1].split("\n\n", 1)[0]
    return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.M) if name != "total"}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project as it is now, with the cut-down sample; only to be copied and dry-run."""
    folder = tmp_path_factory.mktemp("template") / "project"
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    _cut_sample(ROOT / "data/sample", folder / "data/sample")
    return Project(folder)


@pytest.fixture
def project(template: Project, tmp_path: Path) -> Project:
    """A fresh copy in which nothing has run."""
    return template.copy(tmp_path / "project")


@pytest.fixture(scope="session")
def finished(template: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy in which the smoke preset has run to its end; only to be read, dry-run and copied."""
    project = template.copy(tmp_path_factory.mktemp("finished") / "project")
    run = project.snakemake("--configfile", SMOKE)
    assert run.returncode == 0, run.stdout
    project.said = run.stdout
    return project


def _cut_sample(source: Path, target: Path) -> None:
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        name = file.relative_to(source)
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if name.parts[0] not in (*CUT, "test_sets"):
            shutil.copy2(file, target / name)
        elif name.parts[0] != "test_sets":
            lines = file.read_bytes().split(b"\n")[: ROWS.get(str(name), OTHER_ROWS)]
            (target / name).write_bytes(b"".join(line + b"\n" for line in lines))
    kept = _some_items(source / "test_sets/sim_interpretation_sample.txt")
    for name, key in (("sim_interpretation_sample.txt", "id"), ("gold_sample.txt", "sent_id")):
        _keep_items(source / "test_sets" / name, target / "test_sets" / name, key, kept)


def _some_items(file: Path) -> set[int]:
    """Ids of the first originals and of all that their `rel_ids` name, so that no relation leads out of the cut."""
    items = {item["id"]: item for item in map(json.loads, file.read_text(encoding="utf-8").splitlines())}
    pending = [name for name, item in items.items() if item["sample_type"] == "ori" and item.get("rel_ids")][:ORIGINALS]
    kept: set[int] = set()
    while pending:
        name = pending.pop()
        if name not in kept:
            kept.add(name)
            pending += items[name].get("rel_ids", [])
    return kept


def _keep_items(source: Path, target: Path, key: str, kept: set[int]) -> None:
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    target.write_text("".join(line for line in lines if json.loads(line)[key] in kept), encoding="utf-8")
