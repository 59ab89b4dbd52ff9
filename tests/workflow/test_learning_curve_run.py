"""A learning curve for real: each size trains once, beside a run that is left as it is."""

from __future__ import annotations

import json

import pytest
from projects import SMOKE, Project, job_counts

from yiju.base.files import sha256

CURVE = "results/smoke/learning_curve"
ONE_SIZE = {"draw_subset": 1, "finetune_fold": 1, "predict_pairs": 1, "compare_sizes": 1}


def planned(project: Project, sizes: list[float]) -> dict[str, int]:
    """The jobs that sizes add, without those that only show what others made."""
    mine = project.config("curve.yaml", learning_curve={"sizes": sizes})
    jobs = job_counts(project.snakemake("--dry-run", "--configfile", SMOKE, mine).stdout)
    return {rule: count for rule, count in jobs.items() if rule not in project.report_rules() | {"all"}}


def test_sizes_of_a_finished_run_are_drawn_trained_and_judged_and_nothing_else_again(finished: Project):
    assert planned(finished, [0.25, 0.5]) == ONE_SIZE | dict.fromkeys(("draw_subset", "finetune_fold"), 2) | {
        "predict_pairs": 2
    }


@pytest.mark.slow
def test_another_list_of_sizes_trains_what_is_new_and_leaves_the_run_and_the_other_sizes_alone(
    finished: Project, tmp_path
):
    project = finished.copy(tmp_path / "project")
    whole = sha256(project.folder / "results/smoke/folds/0/model/model.safetensors")
    mine = project.config("curve.yaml", learning_curve={"sizes": [0.5]})

    run = project.snakemake("--configfile", SMOKE, mine)

    assert run.returncode == 0, run.stdout
    assert sha256(project.folder / "results/smoke/folds/0/model/model.safetensors") == whole
    found = json.loads((project.folder / CURVE / "learning_curve.json").read_text(encoding="utf-8"))
    half, all_pairs = (one["pairs"] for one in found["sizes"])
    assert half == round(all_pairs / 2)
    assert [one["set"] for one in found["sets"]] == ["dev", "test", "sample"]
    assert 'id="learning_curve"' in (project.folder / "results/smoke/report/index.html").read_text(encoding="utf-8")
    assert planned(project, [0.75, 0.5]) == ONE_SIZE
    mine = project.config("curve.yaml", learning_curve={"sizes": [0.5]})
    assert "Nothing to be done" in project.snakemake("--dry-run", "--configfile", SMOKE, mine).stdout
