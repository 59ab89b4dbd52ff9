"""What is learnt first: nothing that fine-tuning learns, and of several folds nothing that touches them."""

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from merged import write_merged

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.folds import assign_folds
from yiju.data.intermediate import collect_intermediate

ROWS = [
    ("L", "train", "a", "b", 1),
    ("L", "train", "c", "d", 0),
    ("L", "dev", "e", "f", 0),
    ("X", "train", "e", "f2", 1),
    ("X", "train", "B！", "A", 0),
    ("X", "train", "a", "z", 0),
    ("X", "train", "z", "y", 1),
    ("X", "train", "u", "v", None),
    ("X", "dev", "s", "r", 1),
    ("Y", "train", "y", "z", 1),
    ("Y", "train", "w", "x", 1),
    ("X", "train", "x", "w", 0),
    ("Z", "train", "w", "x", 1),
    ("L", "train", "a", "b9", 0),
    ("L", "train", "c", "d9", 1),
]


def collected(folder, rows, corpora, folds=1, finetuned=("L",), **options):
    pairs = write_merged(folder / "pairs.parquet", rows)
    assign_folds(pairs, folder / "no ledger", folder / "folds.parquet", folder / "unused.parquet", finetuned, folds, 1)
    collect_intermediate(pairs, folder / "folds.parquet", folder / "out.parquet", corpora, folds, **options)
    return tables.read(folder / "out.parquet", tables.AUGMENTED)


def numbers(table):
    return table["parents"].list.first().to_list()


def test_labelled_train_pairs_without_those_of_fine_tuning(tmp_path):
    table = collected(tmp_path, ROWS, ["X"])
    assert numbers(table) == [3, 5, 6, 11]
    assert table.select("q", "t", "label").rows() == [("e", "f2", 1), ("a", "z", 0), ("z", "y", 1), ("x", "w", 0)]
    assert set(table["fold"]) == {-1} and set(table["operation"]) == {"original"}


def test_with_several_folds_no_sentence_of_theirs(tmp_path):
    assert numbers(collected(tmp_path, ROWS, ["X"], folds=2)) == [3, 6, 11]


def test_what_several_corpora_hold_is_learnt_once_and_conflicts_by_the_rule(tmp_path):
    assert numbers(collected(tmp_path, ROWS, ["X", "Y", "Z"])) == [3, 5, 6]
    assert numbers(collected(tmp_path, ROWS, ["X", "Y", "Z"], conflicts="majority")) == [3, 5, 6, 10]
    kept = collected(tmp_path, ROWS, ["X", "Y", "Z"], distinct=False, conflicts="keep")
    assert numbers(kept) == [3, 5, 6, 9, 10, 11, 12]


def test_a_corpus_that_fine_tuning_learns_whole_is_an_error(tmp_path):
    with pytest.raises(YijuError, match=r"finetune\.intermediate\.corpora: L leave no pair to learn first"):
        collected(tmp_path, ROWS, ["L"])


def test_one_label_is_nothing_to_learn_first(tmp_path):
    rows = [*ROWS[:2], ("X", "train", "m", "n", 1), ("X", "train", "o", "p", 1)]
    with pytest.raises(
        YijuError, match=r"finetune\.intermediate\.corpora: all 2 labelled train pairs of X are similar"
    ):
        collected(tmp_path, rows, ["X"])


SENTENCE = st.sampled_from("abcdefghijklmn")
PAIR = st.tuples(st.sampled_from(["L", "X", "Y"]), st.just("train"), SENTENCE, SENTENCE, st.integers(0, 1))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(PAIR, min_size=4, max_size=30))
def test_no_sentence_that_was_learnt_first_is_held_out_by_a_fold(tmp_path, rows):
    first = [
        ("L", "train", q, t, label) for q, t, label in (("1", "2", 1), ("1", "9", 0), ("3", "4", 0), ("3", "8", 1))
    ]
    first += [("X", "train", "5", "6", 0), ("X", "train", "5", "7", 1)]
    try:
        table = collected(tmp_path, [*first, *rows], ["X", "Y"], folds=2)
    except YijuError as error:
        assume("one label" not in str(error))
        raise
    learnt = tables.read(tmp_path / "folds.parquet", tables.FOLDS)["pair"]
    merged = tables.read(tmp_path / "pairs.parquet", tables.MERGED).filter(pl.col("pair").is_in(learnt.implode()))
    assert not (set(table["q"]) | set(table["t"])) & (set(merged["q"]) | set(merged["t"]))
