"""A student for real: taught by the members of a finished run, trained, judged and compared with them."""

from __future__ import annotations

import json

import pytest
from projects import SMOKE, Project

from yiju.base.files import sha256
from yiju.models.model_facts import read_about

RUN = "results/smoke"


@pytest.mark.slow
def test_a_student_of_a_finished_run_is_trained_and_compared_and_the_run_is_left_as_it_is(finished: Project, tmp_path):
    project = finished.copy(tmp_path / "project")
    run = project.folder / RUN
    whole = sha256(run / "folds/0/model/model.safetensors")
    shape = {"scratch": {"layers": 1, "width": 16, "heads": 2, "feed_forward": 32}}
    distill = {"teacher": "run", "encoder": shape, "corpora": ["AFQMC"], "epochs": 0.3, "control": True}
    mine = project.config("distill.yaml", distill=distill)

    done = project.snakemake("--configfile", SMOKE, mine)

    assert done.returncode == 0, done.stdout
    assert sha256(run / "folds/0/model/model.safetensors") == whole
    found = json.loads((run / "distill/comparison.json").read_text(encoding="utf-8"))
    assert [(one["name"], one["models"]) for one in found["judges"]] == [("teacher", 2), ("student", 1), ("control", 1)]
    config = json.loads((run / "distill/student/model/config.json").read_text(encoding="utf-8"))
    assert (config["num_hidden_layers"], config["hidden_size"]) == (1, 16)
    account = json.loads((run / "distill/teacher_scores.json").read_text(encoding="utf-8"))
    assert account["models"] == 2
    about = {name: read_about(run / f"distill/{name}/model") for name in ("student", "control")}
    assert {name: one and (one.name, one.corpora) for name, one in about.items()} == {
        "student": ("smoke-student", ("LCQMC", "AFQMC")),
        "control": ("smoke-control", ("LCQMC",)),
    }
    assert "student of a teacher" in (run / "distill/student/model/README.md").read_text(encoding="utf-8")
    assert 'id="distillation"' in (run / "report/index.html").read_text(encoding="utf-8")
    assert "Nothing to be done" in project.snakemake("--dry-run", "--configfile", SMOKE, mine).stdout
