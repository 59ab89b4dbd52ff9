"""Planted shortcuts are found where they are and nowhere else."""

import json

import numpy as np
import polars as pl
import pytest
from at_hand import real
from unit.data.audit.planted import first_decides, length_decides, merged, no_shortcut, overlap_decides, rows

from yiju.config.readers import load_reader
from yiju.data.audit.shortcut_models import SHORTCUTS
from yiju.data.audit.shortcuts import audit_shortcuts, rewards
from yiju.data.audit.validation import grouped, held_out_hits
from yiju.data.corpora.rows import ReadOptions


def audit(folder, splits, sample=2000, seed=1):
    audit_shortcuts(merged(folder / "pairs.parquet", splits), folder / "shortcuts.json", sample, seed)
    return json.loads((folder / "shortcuts.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    splits = {
        ("length", "train"): rows(length_decides, 400, 1),
        ("length", "dev"): rows(length_decides, 300, 2),
        ("first", "train"): rows(first_decides, 300, 3),
        ("first", "dev"): [(q, t, 1 - label) for q, t, label in rows(first_decides, 300, 4)],
        ("overlap", "train"): rows(overlap_decides, 300, 5),
        ("none", "train"): rows(no_shortcut, 300, 6),
    }
    return audit(tmp_path_factory.mktemp("planted"), splits)


def accuracies(audited, corpus, split):
    (entry,) = [one for one in audited["splits"] if (one["corpus"], one["split"]) == (corpus, split)]
    return {name: one["accuracy"] for name, one in entry["shortcuts"].items()}, entry


def across(audited, shortcut, trained_on, tested_on):
    names = {
        (one["shortcut"], tuple(one["trained_on"].values()), tuple(one["tested_on"].values())): one
        for one in audited["across"]
    }
    return names.get((shortcut, trained_on, tested_on))


def test_only_lengths_tell_where_lengths_decide(planted):
    found, entry = accuracies(planted, "length", "train")
    assert found["lengths"] > 0.97
    assert max(found["first_sentence"], found["second_sentence"]) < 0.65
    assert "lengths" in entry["warnings"]
    assert not {"first_sentence", "second_sentence"} & set(entry["warnings"])


def test_only_one_sentence_tells_where_its_word_decides(planted):
    found, entry = accuracies(planted, "first", "train")
    assert found["first_sentence"] > 0.97
    assert max(found["lengths"], found["second_sentence"], found["overlap"]) < 0.65
    assert entry["warnings"] == ["first_sentence"]


def test_overlap_warns_where_it_explains_the_labels(planted):
    found, entry = accuracies(planted, "overlap", "train")
    assert found["overlap"] > 0.97
    assert entry["warnings"] == ["overlap"]


def test_nothing_tells_where_labels_are_drawn(planted):
    found, entry = accuracies(planted, "none", "train")
    assert all(abs(accuracy - 0.5) < 0.1 for accuracy in found.values())
    assert entry["warnings"] == []
    for one in entry["shortcuts"].values():
        assert 0.08 < one["high"] - one["low"] < 0.16  # 2 * 1.96 * sqrt(0.25 / 300) = 0.113
        assert one["low"] < one["accuracy"] < one["high"]


def test_across_splits_tells_which_shortcuts_hold(planted):
    holds = across(planted, "lengths", ("length", "train"), ("length", "dev"))
    assert (holds["pairs"], holds["accuracy"] > 0.97) == (300, True)
    turned = across(planted, "first_sentence", ("first", "train"), ("first", "dev"))
    assert turned["accuracy"] < 0.03


def test_other_corpora_are_tested_on_their_largest_split_and_without_words(planted):
    assert across(planted, "lengths", ("none", "train"), ("length", "train"))
    assert across(planted, "overlap", ("length", "dev"), ("overlap", "train"))
    assert across(planted, "lengths", ("none", "train"), ("length", "dev")) is None
    assert across(planted, "first_sentence", ("none", "train"), ("length", "train")) is None


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(tmp_path):
    splits = {("A", "train"): rows(no_shortcut, 200, 1), ("A", "dev"): rows(length_decides, 200, 2)}
    texts = []
    for attempt in ("one", "two", "other seed"):
        (tmp_path / attempt).mkdir()
        audit(tmp_path / attempt, splits, sample=150, seed=1 + (attempt == "other seed"))
        texts.append((tmp_path / attempt / "shortcuts.json").read_bytes())
    assert texts[0] == texts[1] != texts[2]


def test_at_most_the_sample_is_looked_at(tmp_path):
    (entry,) = audit(tmp_path, {("A", "train"): rows(no_shortcut, 300, 1)}, sample=120)["splits"]
    assert (entry["labelled"], entry["pairs"]) == (300, 120)


def test_what_cannot_be_audited_is_listed(tmp_path):
    labelled = rows(no_shortcut, 120, 1)
    splits = {
        ("few", "train"): labelled[:99],
        ("unlabelled", "test"): [(q, t, None) for q, t, _ in labelled],
        ("one label", "train"): [(q, t, 1) for q, t, _ in labelled],
        ("one sentence", "train"): [("春", t, label) for _, t, label in labelled],
        ("half", "dev"): [(q, t, label if place < 50 else None) for place, (q, t, label) in enumerate(labelled)],
        ("good", "train"): labelled,
    }
    audited = audit(tmp_path, splits)
    assert [one["corpus"] for one in audited["splits"]] == ["good"]
    assert [(one["corpus"], one["split"], one["labelled"], one["why"]) for one in audited["too_few"]] == [
        ("few", "train", 99, "fewer than 100"),
        ("one label", "train", 120, "one label only"),
        ("one sentence", "train", 120, "only 1 different sentences on a side"),
        ("half", "dev", 50, "fewer than 100"),
        ("unlabelled", "test", 0, "no labels"),
    ]


def test_a_known_sentence_is_not_tested_again(tmp_path):
    train, fresh = rows(first_decides, 150, 1), rows(first_decides, 100, 2)
    known = [(q, t, label) for (q, _, label), (_, t, _) in zip(train, rows(no_shortcut, 150, 3), strict=True)]
    audited = audit(tmp_path, {("A", "train"): train, ("A", "dev"): fresh + known})
    tested = {one["shortcut"]: one["pairs"] for one in audited["across"] if one["trained_on"]["split"] == "train"}
    assert tested == {"lengths": 250, "first_sentence": 100, "second_sentence": 250, "overlap": 250}


def test_sentences_that_come_back_are_no_shortcut(tmp_path):
    # Each first sentence has one label and comes ten times: to recognise it is no rule that holds for others.
    sentences = rows(no_shortcut, 40, 1)
    pairs = [(q, t, label) for seed, (q, _, label) in enumerate(sentences) for _, t, _ in rows(no_shortcut, 10, seed)]
    (entry,) = audit(tmp_path, {("A", "train"): pairs})["splits"]
    assert entry["shortcuts"]["first_sentence"]["accuracy"] < 0.75
    assert "first_sentence" not in entry["warnings"]


def test_groups_are_components_unless_one_fills_a_fold():
    chain = np.array([[0, 1], [2, 1], [3, 4], [5, 6], [7, 8], [9, 10], [11, 12], [13, 14], [15, 16], [17, 18]])
    groups, kind = grouped(chain, (0,))
    assert (groups[0] == groups[1], len(set(groups)), kind) == (True, 9, "component")
    star = np.array([[0, place] for place in range(1, 6)] + [[6, place] for place in range(1, 6)])
    for sees, expected in [((0,), [0] * 5 + [1] * 5), ((1,), [0, 1, 2, 3, 4] * 2), ((0, 1), [0] * 5 + [1] * 5)]:
        groups, kind = grouped(star, sees)
        assert (groups.tolist(), kind) == (expected, "sentence")


def test_folds_that_teach_one_label_only_guess_it():
    labels = np.array([1] * 20 + [0])
    hits = held_out_hits(SHORTCUTS["lengths"], np.ones((21, 6)), labels, np.arange(21), seed=1)
    assert hits.tolist() == [True] * 20 + [False]


@pytest.mark.parametrize(
    ("shortcut", "accuracy", "low", "majority", "rewarded"),
    [
        ("lengths", 0.56, 0.52, 0.5, True),
        ("lengths", 0.54, 0.52, 0.5, False),
        ("lengths", 0.60, 0.49, 0.5, False),
        ("overlap", 0.70, 0.68, 0.5, False),
        ("overlap", 0.81, 0.79, 0.5, True),
        ("overlap", 0.91, 0.90, 0.9, False),
    ],
)
def test_when_a_shortcut_is_rewarded(shortcut, accuracy, low, majority, rewarded):
    assert rewards(shortcut, accuracy, low, majority) is rewarded


def real_rows(name):
    options = ReadOptions(unlabelled=False, nli_labels={}, sts_scores={}, own={})
    return pl.concat(load_reader("lcqmc")(real(name), options)).select("q", "t", "label").rows()


@pytest.mark.slow
def test_lengths_tell_the_labels_of_lcqmc_dev_but_mislead_elsewhere(tmp_path):
    splits = {
        ("LCQMC", "train"): real_rows("LCQMC/train.tsv.xz")[:10_000],
        ("LCQMC", "dev"): real_rows("LCQMC/dev.tsv"),
    }
    audited = audit(tmp_path, splits, sample=10_000)
    found, entry = accuracies(audited, "LCQMC", "dev")
    assert 0.66 < found["lengths"] < 0.70
    assert "lengths" in entry["warnings"]
    assert across(audited, "lengths", ("LCQMC", "dev"), ("LCQMC", "train"))["accuracy"] < 0.55
