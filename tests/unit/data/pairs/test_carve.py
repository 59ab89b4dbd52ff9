"""A dev split set aside of the train pairs: no sentence on both sides, no row lost, the same for the same seed."""

import json

import numpy as np
import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.data.pairs.test_merge import ALL, NONE, by_filter, corpus

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.nested import overlaid
from yiju.base.yaml_files import read_mapping
from yiju.config import rules
from yiju.config.defaults import CATALOGUE
from yiju.config.load import load
from yiju.data.components import connected_groups
from yiju.data.pairs.carve import choose, draw
from yiju.data.pairs.filters import CONFLICT, DUPLICATE, LEAK
from yiju.data.pairs.merge import Outputs, merge_corpora
from yiju.job.code_version import SCRIPTS

CONFIG = SCRIPTS.parent / "config.yaml"

CARVING = {"corpora": ["A"], "shares": {"dev": 0.25}, "seed": 1, "grouped": True}
NAMES = ("pairs.parquet", "dropped.parquet", "held_out.parquet", "conflicts.parquet", "ledger.json")


def carved(folder, files, filters=ALL, **carving):
    """Merged rows, rows dropped by filters, the ledger."""
    out = Outputs(*(folder / name for name in NAMES))
    merge_corpora(files, [], out, filters, 0.8, CARVING | carving)
    merged = tables.read(out.pairs, tables.MERGED)
    return merged, by_filter(tables.read(out.dropped, tables.DROPPED)), json.loads(out.ledger.read_text())


def sentences(merged, split):
    rows = merged.filter(pl.col("split") == split, pl.col("label").is_not_null())
    return set(rows["q_sentence"]) | set(rows["t_sentence"])


ROWS = [("train", f"问{n // 2}", f"答{n}", n % 2) for n in range(40)]


def test_a_share_of_the_pairs_becomes_dev_and_shares_no_sentence_with_train(tmp_path):
    merged, dropped, ledger = carved(tmp_path, [corpus(tmp_path, "A", ROWS)])
    dev = merged.filter(pl.col("split") == "dev")
    assert (dev.height, merged.height, dropped.height) == (10, 40, 0)
    assert set(dev["label"]) == {0, 1}
    assert not sentences(merged, "dev") & sentences(merged, "train")
    assert ledger["carved"] == CARVING | {"pairs": {"dev": 10}, "of": 40}
    assert ledger["corpora"]["A"]["splits"] == {"train": 30, "dev": 10}
    assert tables.read(tmp_path / "held_out.parquet", tables.HELD_OUT)["set"].unique().to_list() == ["A dev"]
    again, *_ = carved(tmp_path, [corpus(tmp_path, "A", ROWS)])
    assert again.equals(merged)
    other, *_ = carved(tmp_path, [corpus(tmp_path, "A", ROWS)], seed=2)
    assert not other.equals(merged)


def test_dev_and_test_are_both_set_aside_and_share_no_sentence_with_each_other_or_with_train(tmp_path):
    files = [corpus(tmp_path, "A", ROWS)]
    alone, *_ = carved(tmp_path, files)
    merged, dropped, ledger = carved(tmp_path, files, shares={"dev": 0.25, "test": 0.2})
    parts = [merged.filter(pl.col("split") == split) for split in ("train", "dev", "test")]
    assert [part.height for part in parts] == [22, 10, 8]
    assert all(set(part["label"]) == {0, 1} for part in parts)
    train, dev, test = (sentences(merged, split) for split in ("train", "dev", "test"))
    assert not train & dev and not train & test and not dev & test
    assert dropped.height == 0
    assert ledger["carved"]["pairs"] == {"dev": 10, "test": 8}
    # What is dev does not depend on whether there is a test split too.
    assert dev == sentences(alone, "dev")


def test_a_test_split_alone_is_set_aside_where_there_is_a_dev_file(tmp_path):
    rows = [*ROWS, ("dev", "别的问", "别的答", 1)]
    merged, _, ledger = carved(tmp_path, [corpus(tmp_path, "A", rows)], shares={"test": 0.25})
    assert (merged["split"] == "test").sum() == ledger["carved"]["pairs"]["test"] == 10
    assert (merged["split"] == "dev").sum() == 1


def test_where_what_is_left_hangs_together_no_test_split_can_be_set_aside(tmp_path):
    rows = [("train", "问", f"答{n}", n % 2) for n in range(20)] + [("train", "甲", "乙", 1)]
    with pytest.raises(YijuError, match=r"A have no test split.*give a file with split: test"):
        carved(tmp_path, [corpus(tmp_path, "A", rows)], shares={"dev": 0.1, "test": 0.1})


def test_other_corpora_lose_what_became_dev(tmp_path):
    files = [corpus(tmp_path, "A", ROWS), corpus(tmp_path, "B", ROWS)]
    merged, dropped, ledger = carved(tmp_path, files)
    assert set(dropped.select("corpus", "reason").rows()) == {("B", LEAK)}
    assert dropped.height == ledger["leaks"]["B"]["A dev"]["normalised"] == 10
    assert merged.filter(pl.col("corpus") == "B")["split"].unique().to_list() == ["train"]


def test_what_two_corpora_share_is_dev_once(tmp_path):
    conflicts = [("train", q, t, 1 - label) for _, q, t, label in ROWS[:6]]
    files = [corpus(tmp_path, "A", ROWS), corpus(tmp_path, "B", conflicts + ROWS[6:])]
    merged, dropped, ledger = carved(tmp_path, files, corpora=["A", "B"])
    dev = merged.filter(pl.col("split") == "dev")
    assert dev.height == dev.select("q", "t").n_unique() == ledger["carved"]["pairs"]["dev"]
    # Pairs that the corpora label otherwise are no candidates; their rows are left to the folds.
    assert ledger["carved"]["of"] == 34
    assert set(dropped["reason"]) == {DUPLICATE}
    assert dropped.height == dev.height
    assert not sentences(merged, "dev") & sentences(merged.filter(pl.col("line") > 6), "train")


def test_repeats_and_conflicts_of_a_dev_pair_do_not_count_as_leaks(tmp_path):
    rows = [*ROWS, *ROWS, ("train", "问0", "答0", 1)]
    merged, dropped, ledger = carved(tmp_path, [corpus(tmp_path, "A", rows)])
    assert ledger["leaks"] == {}
    assert set(dropped["reason"]) == {DUPLICATE, CONFLICT}
    assert dropped.height + merged.height == len(rows)
    assert set(dropped["split"]) == {"train"}


def test_without_filters_repeats_go_where_their_pair_goes(tmp_path):
    merged, dropped, _ = carved(tmp_path, [corpus(tmp_path, "A", [*ROWS, *ROWS])], NONE)
    assert dropped.height == 0
    assert merged.filter(pl.col("split") == "dev").height == 20
    assert not sentences(merged, "dev") & sentences(merged, "train")


def test_near_leaks_into_what_became_dev_are_found(tmp_path):
    twins = [
        ("train", f"甲乙丙丁戊己庚辛壬癸{n}号？".replace("号", end), f"子丑寅卯辰巳午未{n}", n % 2)
        for n in range(30)
        for end in "号呢"
    ]
    filters = ALL | {"near_leaks": True}
    merged, dropped, _ = carved(tmp_path, [corpus(tmp_path, "A", twins)], filters, grouped=False)
    assert dropped.height > 0
    assert set(dropped["split"]) == {"train"}
    assert merged.filter(pl.col("split") == "dev").height == 15


def test_one_group_of_sentences_cannot_be_split(tmp_path):
    rows = [("train", "问", f"答{n}", n % 2) for n in range(20)]
    with pytest.raises(
        YijuError, match=r"A have no dev split.*20 labelled train pairs.*finetune\.grouped_folds: false"
    ):
        carved(tmp_path, [corpus(tmp_path, "A", rows)])
    assert not (tmp_path / "pairs.parquet").exists()
    merged, _, ledger = carved(tmp_path, [corpus(tmp_path, "A", rows)], grouped=False)
    assert merged.filter(pl.col("split") == "dev").height == ledger["carved"]["pairs"]["dev"] == 5


def test_without_labelled_train_pairs_there_is_nothing_to_set_aside(tmp_path):
    merged, _, ledger = carved(tmp_path, [corpus(tmp_path, "A", [("train", "a", "b", None)])])
    assert (merged.height, ledger["carved"]["pairs"]["dev"]) == (1, 0)


EDGES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 1)), min_size=2, max_size=50)


@settings(deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(EDGES, st.sampled_from([0.1, 0.3, 0.5]), st.integers(0, 5))
def test_whole_groups_are_drawn_and_both_sides_keep_pairs(edges, share, seed):
    q, t, labels = (np.array(column) for column in zip(*edges, strict=True))
    groups = connected_groups(q, t)
    if groups.max() == 0:
        return
    chosen = draw(groups, labels, share, seed, "dev")
    assert 0 < chosen.sum() < len(chosen)
    assert not set(groups[chosen]) & set(groups[~chosen])
    smallest = np.bincount(groups).min()
    assert chosen.sum() <= max(round(share * len(chosen)), 1, smallest)


def test_a_rare_label_comes_to_both_sides_where_it_can():
    labels = np.array([1] * 3 + [0] * 97)
    for seed in range(20):
        chosen = draw(np.arange(100), labels, 0.1, seed, "dev")
        assert chosen.sum() == 10
        assert set(labels[chosen]) == set(labels[~chosen]) == {0, 1}


def test_of_several_classes_the_rare_ones_come_to_both_sides():
    labels = np.array([0] * 300 + [1] * 95 + [2] * 3 + [3] * 2)
    for seed in range(20):
        dev = choose(np.arange(400), labels, 0.1, seed, keep=2)
        assert dev.sum() == 40
        # Of label 3 there are two pairs, which are both kept for what is drawn later.
        assert set(labels[dev]) == {0, 1, 2} and (labels[~dev] == 2).sum() == 2 and (labels[~dev] == 3).sum() == 2
        test = choose(np.arange(dev.size - dev.sum()), labels[~dev], 0.1, seed + 1)
        assert set(labels[~dev][test]) == set(labels[~dev][~test]) == {0, 1, 2, 3}
        np.testing.assert_array_equal(dev, choose(np.arange(400), labels, 0.1, seed, keep=2))


def test_a_class_whose_only_pairs_hang_together_stays_where_it_is_learnt():
    groups = np.array([0, 0, 0, *range(1, 98)])
    labels = np.array([2, 2, 2, *(number % 2 for number in range(97))])
    for seed in range(20):
        chosen = choose(groups, labels, 0.1, seed)
        assert chosen.sum() == 10 and not chosen[:3].any()


def test_only_corpora_without_a_dev_file_have_one_set_aside():
    config = overlaid(read_mapping(CATALOGUE), yaml.safe_load(CONFIG.read_text(encoding="utf-8")))
    assert rules.merge_corpora(load(config, [CONFIG]))["carving"] is None
    files = config["corpora"]["catalogue"]["LCQMC"]["files"]
    config["corpora"]["catalogue"]["LCQMC"]["files"] = [file for file in files if file["split"] != "dev"]
    expected = {"corpora": ["LCQMC"], "shares": {"dev": 0.1}, "seed": config["seed"], "grouped": True}
    assert rules.merge_corpora(load(config, [CONFIG]))["carving"] == expected
    config["corpora"]["test_share"] = 0.2
    # It has a test file.
    assert rules.merge_corpora(load(config, [CONFIG]))["carving"] == expected
    config["corpora"]["catalogue"]["LCQMC"]["files"] = [file for file in files if file["split"] == "train"]
    both = expected | {"shares": {"dev": 0.1, "test": 0.2}}
    assert rules.merge_corpora(load(config, [CONFIG]))["carving"] == both
