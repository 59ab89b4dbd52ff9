"""Folds: connected sentences together, of about one size, the same for the same seed."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from merged import write_merged
from sklearn.model_selection import KFold

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.components import connected_groups
from yiju.data.folds import assign_folds, balanced_folds, shuffled_folds
from yiju.data.pairs.filters import CONFLICT, DUPLICATE, LEAK

EDGES = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=40)


def plain_groups(edges):
    """Components by merging sets, numbered in order of appearance."""
    parts = []
    for edge in edges:
        touched = [part for part in parts if part & set(edge)]
        parts = [part for part in parts if not part & set(edge)] + [set(edge).union(*touched)]
    numbers = {}
    found = [next(frozenset(part) for part in parts if edge[0] in part) for edge in edges]
    return [numbers.setdefault(part, len(numbers)) for part in found]


@given(EDGES)
def test_groups_are_components(edges):
    q, t = np.array(edges, dtype=np.uint32).T
    assert connected_groups(q, t).tolist() == plain_groups(edges)


@given(sizes=st.lists(st.integers(1, 9), min_size=4, max_size=60), folds=st.integers(2, 4), seed=st.integers(0, 99))
def test_whole_groups_in_balanced_folds(sizes, folds, seed):
    groups = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    fold = balanced_folds(groups, folds, seed)
    assert all(len(set(fold[groups == group])) == 1 for group in range(len(sizes)))
    filled = np.bincount(fold, minlength=folds)
    assert len(filled) == folds
    assert filled.max() - filled.min() <= max(sizes)
    assert (fold == balanced_folds(groups, folds, seed)).all()


def test_the_seed_decides():
    groups = np.arange(1000)
    assert (balanced_folds(groups, 5, 1) != balanced_folds(groups, 5, 2)).any()


def test_rows_at_random_are_those_of_scikit_learn():
    fold = shuffled_folds(103, 5, 111)
    for number, (_, held_out) in enumerate(KFold(5, shuffle=True, random_state=111).split(range(103))):
        assert np.flatnonzero(fold == number).tolist() == held_out.tolist()


ROWS = [
    ("B", "train", "x", "y", 1),
    ("A", "train", "a", "b", 1),
    ("A", "dev", "a", "z", 1),
    ("A", "train", "c", "d", 0),
    ("A", "train", "e", "f", None),
    ("A", "train", "B?", "g", 0),
    ("C", "train", "b", "A", 1),
    ("C", "train", "b", "A", 0),
    ("A", "train", "c", "h", 1),
]


def assign(folder, corpora, folds, **options):
    path = write_merged(folder / "pairs.parquet", ROWS)
    assign_folds(
        path,
        folder / "ledger.json",
        folder / "folds.parquet",
        folder / "unused.parquet",
        corpora,
        folds,
        1,
        **options,
    )
    return tables.read(folder / "folds.parquet", tables.FOLDS).rows()


def test_only_labelled_train_pairs_of_the_corpora(tmp_path):
    assert assign(tmp_path, ["A"], 1) == [(1, 0, -1), (3, 1, -1), (5, 0, -1), (8, 1, -1)]
    rows = assign(tmp_path, ["A"], 2)
    assert [row[:2] for row in rows] == [(1, 0), (3, 1), (5, 0), (8, 1)]
    assert rows[0][2] == rows[2][2] != rows[1][2] == rows[3][2]


def test_a_fold_that_a_large_group_fills_is_told(tmp_path, caplog):
    rows = [("A", "train", "a", f"b{number}", number % 2) for number in range(6)]
    rows += [("A", "train", f"c{number}", f"d{number}", number % 2) for number in range(4)]
    path = write_merged(tmp_path / "pairs.parquet", rows)
    out = [tmp_path / name for name in ("ledger.json", "folds.parquet", "unused.parquet")]
    assign_folds(path, *out, ["A"], 2, 1)
    assert "one fold holds 6 of 10 pairs: a large group of connected sentences" in caplog.text


def test_a_pair_of_two_corpora_is_learnt_by_the_rules_of_the_filters(tmp_path):
    def learnt(**options):
        kept = [row[0] for row in assign(tmp_path, ["A", "C"], 1, **options)]
        return kept, tables.read(tmp_path / "unused.parquet", tables.UNUSED).select("pair", "reason").rows()

    # Pair 1 of A and pairs 6 and 7 of C are one, with label 1, 1 and 0.
    assert learnt() == ([3, 5, 8], [(1, CONFLICT), (6, CONFLICT), (7, CONFLICT)])
    assert learnt(conflicts="first") == ([1, 3, 5, 8], [(6, DUPLICATE), (7, CONFLICT)])
    assert learnt(conflicts="keep") == ([1, 3, 5, 7, 8], [(6, DUPLICATE)])
    assert learnt(conflicts="keep", distinct=False) == ([1, 3, 5, 6, 7, 8], [])


def test_rows_at_random_on_request(tmp_path):
    rows = assign(tmp_path, ["A"], 4, grouped=False)
    assert sorted(row[2] for row in rows) == [0, 1, 2, 3]


def test_impossible_folds_name_the_setting(tmp_path):
    with pytest.raises(YijuError, match=r"3 folds of 2 groups.*finetune\.folds"):
        assign(tmp_path, ["A"], 3)
    with pytest.raises(YijuError, match=r"5 folds of 4 pairs.*finetune\.folds"):
        assign(tmp_path, ["A"], 5, grouped=False)


def explained(folder, corpora, **corpus):
    """The message of `assign_folds` where merging left nothing; corpus: what its ledger says of A."""
    entry = {"read": 0, "kept": 0, "dropped": {}, "rejected": {}, "splits": {}, "labels": {}} | corpus
    leaks = {"A": {"A dev": {"exact": 60, "normalised": 60}}} if LEAK in entry["dropped"] else {}
    (folder / "ledger.json").write_text(json.dumps({"corpora": {"A": entry}, "leaks": leaks}), encoding="utf-8")
    path = write_merged(folder / "pairs.parquet", [("A", "dev", "a", "b", 1), ("A", "train", "c", "d", None)])
    out = folder / "folds.parquet", folder / "unused.parquet"
    with pytest.raises(YijuError) as error:
        assign_folds(path, folder / "ledger.json", *out, corpora, 1, 1)
    assert not any(file.exists() for file in out)
    return str(error.value)


@pytest.mark.parametrize(
    ("corpus", "says"),
    [
        (
            {"read": 120, "dropped": {LEAK: 60}, "splits": {"dev": 60}},
            "Of A 120 rows were read: 60 train rows were dropped as 'leaked into dev/test/competition set', 60 train "
            "rows are pairs of A dev, no train row was kept. To go on, bring other held-out files, or set "
            "corpora.filters.leaks: false",
        ),
        (
            {"read": 60, "dropped": {CONFLICT: 60}},
            "60 train rows were dropped as 'conflicting labels', no train row was kept. To go on, correct the labels, "
            "or set corpora.filters.conflicts to first, majority or keep",
        ),
        (
            {"read": 9, "splits": {"train": 7}, "rejected": {"empty sentence": 2}},
            "2 rows were rejected as 'empty sentence', 7 train rows were kept, none of them with a label. To go on, "
            "name files with split: train",
        ),
    ],
)
def test_where_nothing_is_left_the_ledger_tells_why(tmp_path, corpus, says):
    message = explained(tmp_path, ["A"], **corpus)
    assert message.startswith("finetune.corpora: no labelled train pair is left to learn from.")
    assert says in message


@pytest.mark.parametrize(("label", "said"), [(1, "similar (1)"), (0, "not similar (0)")])
def test_one_label_is_nothing_to_learn_from(tmp_path, label, said):
    path = write_merged(tmp_path / "pairs.parquet", [("A", "train", f"a{n}", "b", label) for n in range(7)])
    with pytest.raises(YijuError) as error:
        assign_folds(path, tmp_path / "l", tmp_path / "folds.parquet", tmp_path / "unused.parquet", ["A"], 1, 1)
    assert f"finetune.corpora: all 7 labelled train pairs of A are {said}" in str(error.value)
    assert not (tmp_path / "folds.parquet").exists()


def test_a_fold_whose_training_would_see_one_label_is_refused(tmp_path):
    rows = [("A", "train", f"a{n}", f"b{n}", int(n == 0)) for n in range(6)]
    path = write_merged(tmp_path / "pairs.parquet", rows)
    with pytest.raises(
        YijuError, match=r"finetune\.folds: without fold \d all \d train pairs of A have one label \(1 of 6"
    ):
        assign_folds(path, tmp_path / "l", tmp_path / "folds.parquet", tmp_path / "unused.parquet", ["A"], 2, 1)


def test_pairs_that_another_corpus_labels_otherwise_are_named_where_none_is_left(tmp_path):
    rows = [("A", "train", "a", "b", 1), ("B", "train", "b", "a", 0)]
    path = write_merged(tmp_path / "pairs.parquet", rows)
    with pytest.raises(YijuError, match=r"all 2 labelled train pairs of A, B have another label.*filters\.conflicts"):
        assign_folds(path, tmp_path / "l", tmp_path / "folds.parquet", tmp_path / "unused.parquet", ["A", "B"], 1, 1)
