"""Leaks, shortcuts, statistics and duplicates as the page lists them."""

import pytest
from unit.report import small_corpora

from yiju.report.sections.corpus_statistics_section import by_corpus, overlap_by_label, read_statistics
from yiju.report.sections.duplicates_section import shared_by_size
from yiju.report.sections.leakage_section import Leak, by_set, read_leaks
from yiju.report.sections.shortcuts_section import most_rewarding, read_across, read_splits


def test_leaks_of_all_levels_meet_in_one_row_in_the_order_of_merging():
    ledger = {"leaks": {"A": {"B dev": {"exact": 1, "normalised": 2}}, "C": {"B dev": {"exact": 0, "normalised": 5}}}}
    leaks = read_leaks(ledger, {"counts": {"A": {"B dev": 4, "told": 3}}}, ["C", "B", "A"])
    assert leaks == [Leak("C", "B dev", 0, 5, 0), Leak("A", "B dev", 1, 2, 4), Leak("A", "told", 0, 0, 3)]
    assert by_set(leaks) == {"B dev": 7}


def test_the_split_that_rewards_a_shortcut_most_comes_first():
    audit = small_corpora.shortcuts(["A", "B"], ("A train", "A dev"))
    audit["splits"][1]["shortcuts"]["lengths"]["accuracy"] += 0.1
    splits = read_splits(audit)
    assert [one.name for one in most_rewarding(splits)] == ["A dev", "A train"]
    crossing = read_across(audit, splits)[0]
    assert (crossing.learnt.name, crossing.tested.name) == ("A train", "B dev")


def test_histograms_add_up_over_the_splits_of_a_corpus():
    splits = read_statistics(small_corpora.statistics(["A", "C"]))
    own = by_corpus(splits)["A"]
    assert [one.split for one in own] == ["train", "dev", "test"]
    assert own[1].similar == pytest.approx(4002 // 3 / 4002)
    assert own[2].similar is None
    assert sum(overlap_by_label(own, "1")) == 1000
    assert sum(overlap_by_label(own, "none")) == 500


def test_shares_are_listed_by_size_and_empty_ones_left_out():
    found = {"corpora": ["A", "B"], "exact": [[0, 0.25], [0, 0.5]], "near": [[0, 0.5], [0.001, 0.5]]}
    assert shared_by_size(found) == [("B", "B", 0.5, 0.5), ("A", "B", 0.25, 0.5), ("B", "A", 0, 0.001)]
