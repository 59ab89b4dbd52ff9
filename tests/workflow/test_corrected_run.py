"""A review of suspect labels in a run: the workflow hands it to the job that merges the corpora, and takes it back."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
from projects import SMOKE, Project

from yiju.app.suspect_review import read_suspects, write_review
from yiju.base import tables

DATA = "results/smoke/data"
PAIRS, LEDGER = f"{DATA}/pairs.parquet", f"{DATA}/ledger.json"


def test_corrections_reach_the_pairs_and_without_them_the_table_is_the_old_one(finished: Project, tmp_path: Path):
    project = finished.copy(tmp_path / "project")
    before = (project.folder / PAIRS).read_bytes()
    review = project.folder / "review.csv"
    write_review(read_suspects(project.folder / DATA / "suspects.parquet", 1)[0], review)
    filled = pl.read_csv(review, infer_schema=False).with_columns(right_label=pl.lit("drop"), reviewer=pl.lit("me"))
    filled.write_csv(review)
    mine = project.config("mine.yaml", corpora={"corrections": review.name})

    run = project.snakemake("--configfile", SMOKE, mine, "--", PAIRS)

    assert run.returncode == 0, run.stdout
    (corrected,) = json.loads((project.folder / LEDGER).read_text(encoding="utf-8"))["corrected"]["each"]
    assert (corrected["q"], corrected["t"], corrected["reviewer"]) == (*filled.select("q", "t").row(0), "me")
    found = tables.read(project.folder / PAIRS, tables.MERGED)
    assert found.filter((pl.col("q") == corrected["q"]) & (pl.col("t") == corrected["t"])).is_empty()
    assert project.snakemake("--configfile", SMOKE, "--", PAIRS).returncode == 0
    assert (project.folder / PAIRS).read_bytes() == before
