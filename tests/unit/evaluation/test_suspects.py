"""Suspect labels: ranked by what speaks against them, by closed forms and on pairs whose labels were turned."""

import json

import numpy as np
import polars as pl
import pytest

from yiju.base import tables
from yiju.evaluation.suspects import confident_errors, rank_suspects


def merged(path, labels, sentences=None):
    count = len(labels)
    sentences = sentences or [(2 * row, 2 * row + 1) for row in range(count)]
    table = pl.DataFrame(
        {
            "pair": range(count),
            "corpus": "Mine",
            "split": "train",
            "file": "train.csv",
            "line": range(1, count + 1),
            "q": [f"句{q}" for q, _ in sentences],
            "t": [f"句{t}" for _, t in sentences],
            "label": labels,
            "q_sentence": [q for q, _ in sentences],
            "t_sentence": [t for _, t in sentences],
        }
    )
    tables.write(table.cast(pl.Schema(tables.MERGED)), path, tables.MERGED)
    return path


def dynamics(path, margins, pairs=None):
    count = len(margins)
    columns = {name: [0.5] * count for name in ("confidence", "variability", "last", "right")}
    table = pl.DataFrame({"pair": list(pairs or range(count)), "passes": [3] * count, **columns, "margin": margins})
    table = table.with_columns(forgotten=pl.lit(0))
    tables.write(table.select(tables.DYNAMICS.names).cast(pl.Schema(tables.DYNAMICS)), path, tables.DYNAMICS)
    return path


def out_of_fold(path, gold, probability):
    columns = {"pair": range(len(gold)), "fold": 0, "gold": gold, "label": gold, "probability": probability}
    tables.write(pl.DataFrame(columns).cast(pl.Schema(tables.OUT_OF_FOLD)), path, tables.OUT_OF_FOLD)
    return path


def ranked(folder, pairs, members, judged=None):
    rank_suspects(pairs, members, judged, folder / "suspects", folder / "suspects.json")
    summary = json.loads((folder / "suspects.json").read_text(encoding="utf-8"))
    return tables.read(folder / "suspects", tables.SUSPECTS), summary


def test_without_folds_the_lowest_margin_is_the_most_suspect(tmp_path):
    pairs = merged(tmp_path / "pairs", [1, 0, 1, 0])
    found, summary = ranked(tmp_path, pairs, [dynamics(tmp_path / "0", [3.0, -2.0, 0.5, 3.0])])
    assert found["pair"].to_list() == [1, 2, 0, 3] and found["rank"].to_list() == [1, 2, 3, 4]
    assert found["suspicion"].to_list() == [1.0, 0.75, 0.375, 0.375]
    assert found["probability"].null_count() == found["confident"].null_count() == 4
    assert summary == {
        "pairs": 4, "out_of_fold": False, "confident": None, "contradicted": 0, "never_right": 0
    }  # fmt: skip


def test_of_several_members_the_mean_of_those_that_learnt_a_pair_counts(tmp_path):
    pairs = merged(tmp_path / "pairs", [1, 0, 1])
    members = [dynamics(tmp_path / "0", [1.0, 3.0], [0, 1]), dynamics(tmp_path / "1", [5.0, -4.0], [1, 2])]
    found, _ = ranked(tmp_path, pairs, members)
    assert dict(found.select("pair", "margin").iter_rows()) == {2: -4.0, 0: 1.0, 1: 4.0}


def test_pairs_that_nobody_learnt_are_not_ranked(tmp_path):
    pairs = merged(tmp_path / "pairs", [1, 0, None])
    found, _ = ranked(tmp_path, pairs, [dynamics(tmp_path / "0", [1.0, 3.0])])
    assert found["pair"].to_list() == [0, 1]


def test_with_folds_both_measures_count_alike(tmp_path):
    gold = [1, 0, 1, 0]
    judged = out_of_fold(tmp_path / "judged", gold, [0.9, 0.7, 0.2, 0.1])
    found, _ = ranked(
        tmp_path, merged(tmp_path / "pairs", gold), [dynamics(tmp_path / "0", [4.0, 3.0, 2.0, 1.0])], judged
    )
    assert dict(found.select("pair", "probability").iter_rows()) == pytest.approx({0: 0.9, 1: 0.3, 2: 0.2, 3: 0.9})
    # By probability the third is the most suspect, then the second; by margin the fourth, then the third.
    assert found["pair"].to_list() == [2, 3, 1, 0]


def test_confident_learning_by_hand():
    """Mean probability of the label: .7 of the first class, .6 of the second one."""
    labels = np.array([0, 0, 0, 1, 1, 1])
    similar = np.array([0.1, 0.2, 0.6, 0.9, 0.65, 0.25])
    # The third counts for class 1 (.6 >= .6), the last for class 0 (.75 >= .7); all others for their own or for none.
    assert confident_errors(np.column_stack([1 - similar, similar]), labels).tolist() == [0, 0, 1, 0, 0, 1]


def test_confident_learning_where_a_class_has_no_pairs():
    similar = np.array([0.9, 0.2])
    assert confident_errors(np.column_stack([1 - similar, similar]), np.array([1, 1])).tolist() == [False, False]


def test_confident_learning_is_cleanlabs():
    filters = pytest.importorskip("cleanlab.filter")
    random = np.random.default_rng(3)
    labels = random.integers(0, 3, 500)
    probability = random.dirichlet([1, 1, 1], 500) + 2 * np.eye(3)[np.where(random.random(500) < 0.9, labels, 0)]
    probability /= probability.sum(axis=1, keepdims=True)
    theirs = filters.find_label_issues(labels, probability, filter_by="confident_learning", n_jobs=1)
    assert confident_errors(probability, labels).tolist() == theirs.tolist()


def test_a_label_that_similar_pairs_contradict(tmp_path):
    pairs = merged(tmp_path / "pairs", [1, 1, 0, 0], [(0, 1), (1, 2), (2, 0), (2, 5)])
    found, summary = ranked(tmp_path, pairs, [dynamics(tmp_path / "0", [1.0, 1.0, 1.0, 1.0])])
    assert found.sort("pair")["contradicted"].to_list() == [False, False, True, False]
    assert summary["contradicted"] == 1


def test_turned_labels_come_first(tmp_path):
    """Of noisy probabilities and margins that know the truth, the fifth that was turned is among the first fifth."""
    random = np.random.default_rng(5)
    truth = random.integers(0, 2, 400)
    turned = random.permutation(400)[:80]
    given = truth.copy()
    given[turned] ^= 1
    sure = np.clip(random.normal(0.8, 0.1, 400), 0.05, 0.95)
    margin = np.where(np.isin(np.arange(400), turned), -1, 1) + random.normal(0, 0.6, 400)
    judged = out_of_fold(tmp_path / "judged", given, np.where(truth == 1, sure, 1 - sure))
    found, summary = ranked(tmp_path, merged(tmp_path / "pairs", given), [dynamics(tmp_path / "0", margin)], judged)
    assert np.isin(found["pair"].to_numpy()[:80], turned).mean() > 0.95
    assert summary["confident"] == pytest.approx(80, abs=40)
