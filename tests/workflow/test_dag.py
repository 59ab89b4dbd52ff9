"""The graph of jobs, from dry-runs: nothing is computed here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from conftest import SMOKE, Project, job_counts

EDGES = Path(__file__).with_name("edges.txt")
TRAININGS = {"posttrain_encoder", "finetune_fold"}
DEFAULT = {
    "fetch_corpus": 41,
    "fetch_test_set": 2,
    "normalise_corpus": 19,
    "prepare_test_set": 1,
    "merge_corpora": 1,
    "write_texts": 1,
    "prepare_dev_set": 1,
    "assign_folds": 1,
    "augment_pairs": 1,
    "find_near_leaks": 1,
    "compare_corpora": 1,
    "audit_shortcuts": 1,
    "describe_corpora": 1,
    "train_tokenizer": 1,
    "start_encoder": 1,
    "posttrain_encoder": 1,
    "finetune_fold": 1,
    "predict_pairs": 2,
    "combine_folds": 2,
    "attribute_tokens": 1,
    "select_rationales": 1,
    "fuse_rationales": 1,
    "write_submission": 1,
    "fit_overlap_baseline": 1,
    "evaluate_predictions": 2,
    "evaluate_rationales": 1,
}
SHORT = {"fetch_corpus": 14, "normalise_corpus": 6, "finetune_fold": 2, "predict_pairs": 4, "attribute_tokens": 2}
# With real corpora: every file of the catalogue fetched, every corpus read.
COMPETITION = {"fetch_corpus": 37, "normalise_corpus": 16, "fetch_test_set": 1, "train_tokenizer": 0}
OFFLINE = {"fetch_corpus": 34, "normalise_corpus": 17, "fetch_test_set": 1}


def test_the_default_configuration_has_these_jobs_and_no_others(template: Project):
    jobs = _dry_run(template)

    work = {rule: count for rule, count in jobs.items() if rule != "all" and rule not in template.report_rules()}
    assert work == DEFAULT


def test_the_smoke_preset_reads_fewer_corpora_trains_two_folds_and_differs_in_nothing_else(template: Project):
    jobs = _dry_run(template, "--configfile", SMOKE)

    assert {rule: jobs[rule] for rule in DEFAULT} == DEFAULT | SHORT


@pytest.mark.parametrize(("preset", "expected"), [("competition", COMPETITION), ("offline", OFFLINE)])
def test_a_preset_for_real_corpora_reads_them_all_and_trains_one_fold(
    template: Project, tmp_path: Path, preset: str, expected: dict
):
    _placeholders(template.folder / f"presets/{preset}.yaml", tmp_path)

    jobs = _dry_run(
        template, "--configfile", f"presets/{preset}.yaml", "--config", f'corpora={{"folder": "{tmp_path}"}}'
    )

    assert {rule: jobs.get(rule, 0) for rule in DEFAULT} == DEFAULT | expected


def test_the_rules_hang_together_as_in_the_snapshot(template: Project):
    dot = template.snakemake("--rulegraph", "dot").stdout
    names = dict(re.findall(r'(\d+)\[label = "(\w+)"', dot))
    edges = {(names[source], names[target]) for source, target in re.findall(r"(\d+) -> (\d+)", dot)}
    shown = template.report_rules() | {"all"}

    lines = sorted(f"{source} -> {target}" for source, target in edges if not {source, target} & shown)

    assert lines == EDGES.read_text(encoding="utf-8").splitlines(), "where this is meant, write it to edges.txt"


def test_snakemake_finds_nothing_to_lint(template: Project):
    lint = template.snakemake("--lint")

    assert lint.returncode == 0, lint.stdout
    assert "Congratulations" in lint.stdout


def test_every_training_reserves_four_gpus_and_nothing_else_does(project: Project):
    # A rule with a message does not show its resources.
    for file in (project.folder / "rules").glob("*.smk"):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"^ +message:\n.*\n", "", text, flags=re.M), encoding="utf-8")

    said = project.snakemake("--dry-run", "--forceall", "--configfile", SMOKE, "--resources", "gpu=4").stdout

    shown = re.findall(r"^(?:local)?rule (\w+):\n(?: +.*\n)*? +resources: (.*)$", said, re.M)
    reserving = {rule for rule, resources in shown if "gpu=4" in resources.split(", ")}
    assert len(shown) == sum(job_counts(said).values())
    assert reserving == TRAININGS


def _dry_run(project: Project, *arguments: str) -> dict[str, int]:
    run = project.snakemake("--dry-run", *arguments)
    assert run.returncode == 0, run.stdout
    return job_counts(run.stdout)


def _placeholders(preset: Path, folder: Path) -> None:
    """Empty files under the names of a preset's catalogue: a dry-run asks whether they are there, nothing more."""
    config = yaml.safe_load(preset.read_text(encoding="utf-8"))
    files = [file for name in config["corpora"]["use"] for file in config["corpora"]["catalogue"][name]["files"]]
    files += [config["test_sets"]["catalogue"][name]["items"] for name in config["test_sets"]["use"]]
    for file in files:
        path = folder / file["source"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
