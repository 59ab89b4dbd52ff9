"""`yiju.load_run`: every table of a run as a DataFrame, and what is missing named."""

import subprocess
import sys

import pandas as pd
import polars as pl
import pytest
from tiny_run import METHOD, TEXTS, write_run, write_set

import yiju
from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.job.code_version import SCRIPTS


@pytest.fixture
def run(tmp_path):
    write_run(tmp_path)
    (tmp_path / "config.resolved.yaml").write_text("run: tiny\n", encoding="utf-8")
    return yiju.load_run(tmp_path)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("pairs", tables.MERGED.names),
        ("dropped", tables.DROPPED.names),
        ("conflicts", tables.CONFLICTS.names),
        ("unused", tables.UNUSED.names),
        ("held_out", tables.HELD_OUT.names),
        ("near_leaks", ["pair", "corpus", "file", "line", "q", "t", "set", "held_q", "held_t", "similarity"]),
        ("folds", tables.FOLDS.names),
        ("texts", tables.TEXTS.names),
        ("augmented", tables.AUGMENTED.names),
        ("out_of_fold", tables.OUT_OF_FOLD.names),
        ("suspects", tables.SUSPECTS.names),
        ("behaviour", tables.BEHAVIOUR.names),
    ],
)
def test_a_table_of_the_run(run, name, columns):
    found = getattr(run, name)
    assert isinstance(found, pd.DataFrame)
    assert (list(found.columns), len(found)) == (columns, 3)


def test_what_a_member_said_while_it_learnt(run):
    assert list(run.dynamics("0").columns) == tables.DYNAMICS.names


def test_labels_stay_whole_numbers_where_some_are_unknown(run):
    labels = run.pairs["label"]
    assert labels[:2].tolist() == [1, 0]
    assert labels.isna().tolist() == [False, False, True]
    assert str(labels.dtype) == "Int8"


def test_a_corpus_and_its_rejected_rows(run):
    assert run.corpus("LCQMC")["q"].tolist() == TEXTS["q"]
    assert "reason" in run.rejected("LCQMC")


def test_the_sets_their_methods_and_items(run):
    assert (run.sets, run.methods("sample")) == (["dev", "sample"], [METHOD])
    assert run.items("sample")["t"].tolist() == run.items("dev")["t"].tolist() == TEXTS["t"]


def test_judgements_stand_beside_the_pairs_and_the_known_labels(run):
    found = run.judgements("sample")
    assert list(found.columns)[:5] == ["item", "q", "t", "gold", "logit_0"]
    assert found["probability"].tolist() == [0.9, 0.2, 0.6]
    assert found["q"].tolist() == TEXTS["q"]


def test_explanations_and_rationales(run):
    assert run.attributions("sample", METHOD)["score"][0] == 0.5
    assert len(run.explained("sample", METHOD)) == 3
    for kind in ("faithful", "submitted", "harmonised"):
        assert run.rationales("dev", METHOD, kind)["t"].tolist() == [[1, 0]] * 3


def test_figures_have_their_intervals_beside_them(run):
    found = run.metrics
    assert len(found) == 4
    assert found.query("set == 'dev' and method.isna()").iloc[0, 2:].tolist() == ["accuracy", 0.9, 0.8, 0.95]
    (own,) = found.query(f"set == 'sample' and method == '{METHOD}'").to_dict("records")
    assert (own["metric"], own["value"], pd.isna(own["low"])) == ("token_f1", 0.5, True)


def test_a_study_and_the_timings(run):
    assert run.studied("sample")["metric"].unique().tolist() == ["comprehensiveness"]
    assert run.timings.to_dict("records") == [{"rule": "merge_corpora", "seconds": 1.5}]


def test_a_variant_shares_the_data_that_it_has_not_of_its_own(run):
    folder = run.folder / "variants/weighted"
    write_set(folder / "sets/dev")
    variant = run.variant("weighted")
    assert variant.sets == ["dev"]
    assert len(variant.judgements("dev")) == len(variant.augmented) == 3
    own = pl.read_parquet(run.folder / "data/augmented.parquet")[:1]
    tables.write(own, folder / "data/augmented.parquet", tables.AUGMENTED)
    assert (len(variant.augmented), len(run.augmented)) == (1, 3)
    # What is of the trained models is never that of another.
    with pytest.raises(YijuError, match=r"variants/weighted/out_of_fold\.parquet: the run has no such file"):
        _ = variant.out_of_fold


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda run: run.judgements("other"), r"no judged set 'other', it has dev, sample; add it to test_sets"),
        (
            lambda run: run.attributions("dev", "lime"),
            r"'lime', it has occlusion; add it to explain\.methods",
        ),
        (lambda run: run.rationales("dev", "lime"), r"'lime', it has occlusion"),
        (lambda run: run.studied("dev"), r"no studied set 'dev', it has sample; add it to study\.sets"),
        (lambda run: run.variant("bare"), r"no variant 'bare', it has none; add it to variants"),
        (lambda run: run.corpus("BQ"), r"BQ\.parquet: the run has no such file; `snakemake --cores all .*BQ\.parquet`"),
    ],
)
def test_what_is_missing_is_named_with_the_way_to_make_it(run, ask, said):
    with pytest.raises(YijuError, match=said):
        ask(run)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(YijuError, match=r"this is no folder of a run, .*give results/<run>"):
        yiju.load_run(tmp_path)


def test_tables_need_no_torch():
    code = "import sys, yiju; yiju.load_run; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(SCRIPTS)}).returncode == 0
