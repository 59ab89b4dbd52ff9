"""A user's single labelled file, without a dev split, through the real Snakefile."""

from __future__ import annotations

import csv
import json

import polars as pl
import pytest
from projects import Project

from yiju.base import tables

SETTINGS = {
    "run": "one",
    "finetune": {"corpora": ["mine"], "epochs": 1, "evaluate_every": 2, "folds": 2},
    "evaluate": {"splits": [], "bootstrap": 100},
    "fusion": {"relations": "none"},
    "test_sets": {"use": []},
    "posttrain": {"enabled": False},
    "jobs": {"gpus": 0},
    "encoder": {
        "scratch": {"layers": 1, "width": 32, "heads": 2, "feed_forward": 64, "vocabulary_size": 1000},
        "max_length": 32,
    },
}


def configured(project: Project, labels: list[int]) -> str:
    folder = project.folder / "mine"
    folder.mkdir()
    with (folder / "train.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [(f"怎么开通服务{n // 2}", f"服务{n}怎样开通", label) for n, label in enumerate(labels)]
        csv.writer(file).writerows([("q", "t", "label"), *rows])
    files = [{"split": "train", "source": "train.csv"}]
    options = {"format": "csv", "header": True, "q": "q", "t": "t", "label": "label"}
    catalogue = {"mine": {"reader": "generic", "options": options, "files": files}}
    corpora = {"folder": "mine", "raw": "data/raw/mine", "use": ["mine"], "catalogue": catalogue}
    return project.config("mine.yaml", corpora=corpora, **SETTINGS)


@pytest.mark.slow
def test_dev_is_set_aside_and_the_report_says_what_so_few_pairs_leave_open(project: Project):
    run = project.snakemake("--configfile", configured(project, [0, 1, 1, 0] * 40))

    assert run.returncode == 0, run.stdout
    assert "no file of mine has split: dev, so 16 of 160 labelled train pairs are set aside as dev" in run.stdout
    results = project.folder / "results/one"
    merged = tables.read(results / "data/pairs.parquet", tables.MERGED)
    sides = [
        set(rows["q_sentence"]) | set(rows["t_sentence"])
        for rows in (merged.filter(pl.col("split") == split) for split in ("train", "dev"))
    ]
    assert all(sides) and not sides[0] & sides[1]
    assert json.loads((results / "data/ledger.json").read_text())["carved"]["pairs"] == {"dev": 16}
    metrics = json.loads((results / "sets/dev/metrics.json").read_text())
    assert metrics["accuracy.model.high"] - metrics["accuracy.model.low"] > 0.2
    page = (results / "report/index.html").read_text(encoding="utf-8").split("What was run")[0]
    for said in (
        "set aside from the train pairs",
        "dev is too small for a sure figure",
        "Calibration was not possible",
    ):
        assert said in page


@pytest.mark.slow
def test_one_label_stops_the_run_before_any_training(project: Project):
    run = project.snakemake("--configfile", configured(project, [1] * 40), "--until", "assign_folds")

    assert run.returncode != 0
    assert "finetune.corpora: all 36 labelled train pairs of mine are similar (1)" in run.stdout
    assert "Traceback" not in run.stdout
    assert not (project.folder / "results/one/data/folds.parquet").exists()
