"""The smoke preset on the cut-down sample, from raw files to submission, through the real Snakefile."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest
from projects import SMOKE, Project, job_counts

from yiju import load_run
from yiju.base import tables
from yiju.base.files import sha256
from yiju.models.folder_files import FOLDER_FILES

# Rows of corpora that are no plain lines: pairs of XML groups, and of an archive.
NOT_LINES = {"DIAC2019": 167, "PAWSX": 200}
RUN = Path("results/smoke")
EXPLAINED = RUN / "sets/sample/gradient_input_l2"
SUBMISSION = EXPLAINED / "sim_rationale_f1_f2_f3.txt"
INTERVAL = ("", ".low", ".high")
RATIONALES = ("faithful", "harmonised", "trivial_all", "trivial_shared_first", "trivial_random")
# What differs from run to run: times, and what shows them.
UNSTEADY = {"logs", "timings", "seconds", "study.json", "curves", "report"}
VARIANT = RUN / "variants/weighted"


@pytest.mark.parametrize(
    "path",
    [
        *("data/pairs.parquet", "data/dropped.parquet", "data/ledger.json", "data/augmented.parquet"),
        *(f"posttrained/{name}" for name in FOLDER_FILES),
        *(f"folds/{fold}/model/{name}" for fold in (0, 1) for name in FOLDER_FILES),
        *("posttrained/steps.jsonl", "folds/0/steps.jsonl", "folds/1/steps.jsonl", "overlap.json"),
        *("folds/0/calibration.json", "calibration.json", "out_of_fold.parquet", "out_of_fold.json"),
        *("sets/dev/metrics.json", "sets/dev/judged.parquet", "sets/sample/scores.parquet"),
        *("examples.jsonl", "sets/sample/faithfulness.json", "members.json", "checksums.json"),
        *("variants.json", "variants/weighted/calibration.json", "variants/weighted/sets/test/metrics.json"),
    ],
)
def test_a_run_leaves_this_file(finished: Project, path: str):
    assert (finished.folder / RUN / path).stat().st_size > 0


def test_every_table_of_the_run_opens_with_pandas(finished: Project):
    run = load_run(finished.folder / RUN)

    assert (run.sets, run.methods("sample")) == (["dev", "sample", "test"], ["gradient_input_l2"])
    tables_ = [run.pairs, run.dropped, run.held_out, run.folds, run.texts, run.augmented]
    tables_ += [run.corpus("LCQMC"), run.out_of_fold, run.studied("sample"), run.timings]
    assert min(map(len, tables_)) > 0
    # No pair of so few is nearly one of a held-out set.
    assert "similarity" in run.near_leaks
    for of in (run, run.variant("weighted")):
        assert [len(of.judgements(name)) for name in of.sets] == [len(of.items(name)) for name in of.sets]
    of_sample = [run.explained("sample", "gradient_input_l2"), run.rationales("sample", "gradient_input_l2")]
    assert {len(table) for table in of_sample} == {len(run.items("sample"))}
    assert set(run.attributions("sample", "gradient_input_l2")["side"]) == {"q", "t"}
    assert "accuracy.model" in set(run.metrics["metric"])


def test_a_run_leaves_a_report_where_there_are_rules_for_one(finished: Project):
    pages = list((finished.folder / RUN).rglob("index.html"))

    assert bool(pages) == bool(finished.report_rules())
    # One file that needs no other.
    assert all(page.stat().st_size < 5_000_000 for page in pages)


def test_the_submission_has_every_item_once_with_a_label_and_indices_in_range_and_once(finished: Project):
    items = tables.read(finished.folder / RUN / "data/sets/sample.parquet", tables.ITEMS)
    sizes = {row["item"]: (len(row["q_segments"]), len(row["t_segments"])) for row in items.iter_rows(named=True)}
    text = (finished.folder / SUBMISSION).read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.removesuffix("\n").split("\n")]

    assert [line[0] for line in lines] == items["item"].to_list()
    assert len(sizes) == len(lines) == 30
    for item, label, *sides in lines:
        assert label in {"0", "1"}
        for side, size in zip(sides, sizes[item], strict=True):
            indices = [int(index) for index in side.split(",")]
            assert indices, item
            assert len(set(indices)) == len(indices), item
            assert set(indices) <= set(range(size)), item


def test_the_archive_holds_the_submission(finished: Project):
    with zipfile.ZipFile((finished.folder / SUBMISSION).with_suffix(".zip")) as archive:
        assert archive.namelist() == [SUBMISSION.name]
        assert archive.read(SUBMISSION.name) == (finished.folder / SUBMISSION).read_bytes()


@pytest.mark.parametrize("branch", [RUN, VARIANT], ids=["base", "variant"])
@pytest.mark.parametrize(("set_", "count"), [("dev", 60), ("test", 60), ("sample", 30)])
def test_judgements_are_measured_beside_the_trivial_ones(finished: Project, branch: Path, set_: str, count: int):
    metrics = _json(finished, branch / f"sets/{set_}/metrics.json")

    assert metrics["items"] == metrics["labelled"] == count
    for name in ("model", "overlap", "majority"):
        mean, low, high = (metrics[f"accuracy.{name}{end}"] for end in INTERVAL)
        assert 0 <= low <= mean <= high <= 1
    assert sum(metrics[f"confusion.gold_{gold}.said_{said}"] for gold in (0, 1) for said in (0, 1)) == count


def test_rationales_are_measured_beside_the_trivial_ones(finished: Project):
    metrics = _json(finished, EXPLAINED / "metrics.json")

    assert metrics["gold"] == 30
    assert metrics["disturbed_pairs"] > 0
    for name in RATIONALES:
        for figure in ("token_f1", "iou_f1", "map"):
            mean, low, high = (metrics[f"{name}.{figure}{end}"] for end in INTERVAL)
            assert 0 <= low <= mean <= high <= 1


def test_the_study_measures_the_drawn_pairs_beside_the_trivial_rules_and_recommends(finished: Project):
    study = _json(finished, RUN / "study/sample/study.json")

    assert (study["set"], study["items"], study["members"]) == ("sample", 6, ["0", "1"])
    *rows, solver = study["methods"]
    assert [row["method"] for row in rows] == ["gradient_input_l2", *RATIONALES[2:]]
    assert solver["method"] == "beam_search" and solver["trivial"]
    for row in rows:
        for figure in ("aopc_comprehensiveness.mask", "aopc_sufficiency.delete", "loo_tau.mask", "token_f1", "map"):
            assert row[f"{figure}.low"] <= row[figure] <= row[f"{figure}.high"]
    assert study["recommended"]["reason"]


def test_the_ledger_accounts_for_every_row(finished: Project):
    for corpus, counts in _json(finished, RUN / "data/ledger.json")["corpora"].items():
        files = sorted((finished.folder / "data/sample" / corpus).iterdir())
        rows = NOT_LINES.get(corpus) or sum(len(file.read_bytes().split(b"\n")) - 1 for file in files)
        assert counts["read"] == rows, corpus
        assert counts["kept"] + sum(counts["dropped"].values()) + sum(counts["rejected"].values()) == rows, corpus
    dropped = pl.read_parquet(finished.folder / RUN / "data/dropped.parquet")
    total = _json(finished, RUN / "data/ledger.json")["total"]
    assert dropped.select("reason", "by", "file", "line").null_count().sum_horizontal().item() == 0
    assert dropped.height == total["read"] - total["kept"]


def test_every_training_pair_is_judged_once_by_the_fold_that_did_not_learn_it(finished: Project):
    folds = tables.read(finished.folder / RUN / "data/folds.parquet", tables.FOLDS)
    judged = tables.read(finished.folder / RUN / "out_of_fold.parquet", tables.OUT_OF_FOLD)

    assert judged["pair"].to_list() == folds["pair"].to_list()
    assert judged["fold"].to_list() == folds["fold"].to_list()


def test_the_variant_is_trained_otherwise_from_the_same_start_and_compared_on_every_set(finished: Project):
    weights = [sha256(finished.folder / branch / "folds/0/model/model.safetensors") for branch in (RUN, VARIANT)]
    compared = _json(finished, RUN / "variants.json")

    assert weights[0] != weights[1]
    assert not (finished.folder / VARIANT / "posttrained").exists()
    assert not (finished.folder / VARIANT / "data").exists()
    changes = [{"key": "finetune.weighting", "base": "none", "variant": "edit_distance"}]
    assert compared["variants"] == [{"variant": "base", "changes": []}, {"variant": "weighted", "changes": changes}]
    assert [one["set"] for one in compared["sets"]] == ["dev", "test", "sample"]
    for one in compared["sets"]:
        metrics = [_json(finished, branch / f"sets/{one['set']}/metrics.json") for branch in (RUN, VARIANT)]
        assert [row["ensemble"]["accuracy.model"] for row in one["variants"]] == [
            found["accuracy.model"] for found in metrics
        ]


def test_every_job_leaves_a_log_and_its_time_and_memory(finished: Project):
    jobs = [rule for rule in re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)", finished.said, re.M) if rule != "all"]
    timings = [json.loads(file.read_text()) for file in (finished.folder / RUN).rglob("timings/*")]
    logs = list((finished.folder / RUN).rglob("logs/*"))

    assert sorted(timing["rule"] for timing in timings) == sorted(jobs)
    assert all(timing["seconds"] >= 0 and timing["peak_memory_mb"] > 0 and timing["threads"] for timing in timings)
    assert len(logs) == len(jobs)
    assert all("done in" in log.read_text(encoding="utf-8") for log in logs)


def test_a_run_leaves_no_progress_and_no_temporary_files(finished: Project):
    written = [path for path in finished.folder.rglob("*") if path.is_file() and ".snakemake" not in path.parts]

    assert not [path for path in (finished.folder / "results/.work").rglob("*") if path.name.startswith("save-")]
    assert not [path for path in written if path.name.startswith(".")]


def test_the_same_command_again_has_nothing_to_do(finished: Project):
    assert "Nothing to be done" in finished.snakemake("--configfile", SMOKE).stdout


@pytest.mark.slow
def test_other_corpora_are_learnt_first_and_members_of_every_seed_start_from_there(finished: Project, tmp_path: Path):
    project = finished.copy(tmp_path / "project")
    first = {"corpora": ["AFQMC", "OCNLI"], "epochs": 0.5}
    mine = project.config("mine.yaml", finetune={"intermediate": first, "seeds": 2})

    run = project.snakemake("--configfile", SMOKE, mine, "--", str(RUN / "folds/1.1/model/model.safetensors"))

    assert run.returncode == 0, run.stdout
    assert job_counts(run.stdout) == {"collect_intermediate": 1, "finetune_intermediate": 1, "finetune_fold": 1}
    learnt = tables.read(project.folder / RUN / "data/intermediate.parquet", tables.AUGMENTED)
    assert not learnt.is_empty()
    assert (project.folder / RUN / "intermediate/model.safetensors").is_file()


@pytest.mark.slow
def test_the_ratio_is_chosen_on_dev_and_relations_are_found(finished: Project, tmp_path: Path):
    project = finished.copy(tmp_path / "project")
    mine = project.config(
        "mine.yaml",
        explain={"select": {"by": "dev", "kept": 0.9}},
        fusion={"relations": "found", "share": "consensus"},
    )

    run = project.snakemake("--configfile", SMOKE, mine)

    assert run.returncode == 0, run.stdout
    assert {"choose_ratio", "select_rationales", "fuse_rationales"} <= job_counts(run.stdout).keys()
    chosen = _json(project, RUN / "gradient_input_l2.ratio.json")
    assert chosen["ratio"] == min(float(ratio) for ratio, kept in chosen["kept"].items() if kept >= 0.9)
    lines = (project.folder / EXPLAINED / "harmonised.jsonl").read_text(encoding="utf-8")
    assert lines != (finished.folder / EXPLAINED / "harmonised.jsonl").read_text(encoding="utf-8")


@pytest.mark.slow
def test_another_run_in_another_place_gives_the_same_bytes(finished: Project, project: Project):
    run = project.snakemake("--configfile", SMOKE)

    assert run.returncode == 0, run.stdout
    assert _hashes(project) == _hashes(finished)


def _hashes(project: Project) -> dict[str, str]:
    run = project.folder / RUN
    files = [path for path in run.rglob("*") if path.is_file() and not UNSTEADY & set(path.relative_to(run).parts)]
    assert len(files) > 40
    return {str(path.relative_to(run)): sha256(path) for path in sorted(files)}


def _json(project: Project, path: Path) -> dict:
    return json.loads((project.folder / path).read_text(encoding="utf-8"))


def test_jobs_run_the_code_beside_the_snakefile(project: Project):
    """Also where another copy of the package is installed in the environment."""
    (project.folder / "where.py").write_text("import yiju\nprint(yiju.__file__)\n", encoding="utf-8")
    rule = 'include: "Snakefile"\n\n\nrule where:\n    script:\n        "where.py"\n'
    (project.folder / "where.smk").write_text(rule, encoding="utf-8")

    run = project.snakemake("--snakefile", "where.smk", "--", "where")

    assert f"{project.folder}/workflow_scripts/yiju/__init__.py" in run.stdout, run.stdout
