"""Which examples are drawn: errors far beyond their share, every stratum, distinct pairs, the same by the same seed."""

from collections import Counter

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.evaluation.examples.draw_examples import band, draw_examples, number_of_each, outcome, parts_of, take_turns


def table(count, **columns):
    known = {"item": [str(row) for row in range(count)], "q": [f"甲{row}" for row in range(count)], "t": ["乙"] * count}
    blank = {name: [None] * count for name in tables.ITEMS.names}
    return pl.DataFrame(blank | known | columns, schema=pl.Schema(tables.ITEMS))


def said(gold, label, probability):
    columns = [[str(row) for row in range(len(gold))], gold, label, probability, [0.5] * len(gold)]
    return pl.DataFrame(dict(zip(tables.JUDGED.names, columns, strict=True)), schema=pl.Schema(tables.JUDGED))


def large_set(wrong):
    """A thousand judgements, so many wrong, nine in ten of them of one corpus, most of them sure."""
    generator = np.random.default_rng(0)
    label = generator.integers(0, 2, 1000)
    gold = np.where(np.arange(1000) < wrong, 1 - label, label)
    confidence = generator.choice([0.6, 0.8, 0.99], 1000, p=[0.05, 0.1, 0.85])
    probability = np.where(label == 1, confidence, 1 - confidence)
    parts = generator.permutation(["many"] * 900 + ["few"] * 100).tolist()
    return said(gold.tolist(), label.tolist(), probability.tolist()), parts


def test_errors_are_half_of_the_examples_though_few_of_the_set():
    judged, parts = large_set(wrong=60)
    rows = draw_examples(table(1000), judged, parts, 40, seed=1)
    assert len(set(rows)) == 40
    assert Counter(map(outcome, judged[rows].iter_rows(named=True))) == {"wrong": 20, "right": 20}
    # Any first few are as mixed.
    assert Counter(map(outcome, judged[rows[:10]].iter_rows(named=True))) == {"wrong": 5, "right": 5}


def test_where_errors_run_out_right_judgements_fill_their_places():
    judged, parts = large_set(wrong=3)
    rows = draw_examples(table(1000), judged, parts, 40, seed=1)
    assert Counter(map(outcome, judged[rows].iter_rows(named=True))) == {"wrong": 3, "right": 37}


def test_rare_strata_are_there():
    judged, parts = large_set(wrong=60)
    rows = draw_examples(table(1000), judged, parts, 40, seed=1)
    chosen = Counter(parts[row] for row in rows)
    assert min(chosen.values()) >= 12
    bands = Counter(band(row["label"], row["probability"]) for row in judged[rows].iter_rows(named=True))
    assert set(bands) == {0, 1, 2} and min(bands.values()) >= 6


def test_the_seed_decides_and_repeated_pairs_are_shown_once():
    judged, parts = large_set(wrong=60)
    items = table(1000, q=[f"甲{row // 2}" for row in range(1000)])
    first, again, other = (draw_examples(items, judged, parts, 40, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert items[first].select("q", "t").is_unique().all()


def test_a_set_without_gold_and_one_smaller_than_asked_for():
    judged = said([None] * 3, [1, 0, 1], [0.9, 0.2, 0.6])
    rows = draw_examples(table(3), judged, [None] * 3, 40, seed=1)
    assert sorted(rows) == [0, 1, 2]
    assert draw_examples(table(0), said([], [], []), [], 40, seed=1) == []


def test_parts_are_kinds_or_the_corpora_of_pairs():
    assert parts_of(table(3, kind=["ori", None, "disturb"]), None) == ["ori", None, "disturb"]
    corpora = pl.DataFrame({"pair": [7, 3, 1], "corpus": ["LCQMC", "BQ", "AFQMC"]})
    assert parts_of(table(3, item=["1", "7", "3"]), corpora) == ["AFQMC", "LCQMC", "BQ"]


def test_confidence_is_that_of_the_label_that_was_said():
    assert [band(1, 0.99), band(0, 0.99), band(0, 0.2), band(1, 0.6), band(1, 0.95)] == [2, 0, 1, 0, 2]


def test_turns_and_numbers():
    assert list(take_turns(["abc", "", "d"])) == list("adbc")
    assert [number_of_each(sets) for sets in (0, 1, 3, 12)] == [40, 40, 40, 20]
