"""Draws from splits."""

import pytest
from unit.data.audit.planted import merged, no_shortcut, rows

from yiju.data.audit.splits import draw_splits


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    first, second = rows(no_shortcut, 40, 1), rows(no_shortcut, 5, 2)
    splits = {
        ("A", "train"): first,
        ("B", "dev"): second,
        ("A", "test"): [(q, t, None) for q, t, _ in second],
        ("B", "train"): [(q, t, label if place % 2 else None) for place, (q, t, label) in enumerate(first)],
    }
    return merged(tmp_path_factory.mktemp("pairs") / "pairs.parquet", splits)


def names(drawn):
    return [(one.corpus, one.split, one.total, one.rows.height) for one in drawn]


def test_splits_come_in_order_of_appearance(pairs):
    drawn = draw_splits(pairs, ["pair"], 10, seed=1)
    assert names(drawn) == [("A", "train", 40, 10), ("B", "dev", 5, 5), ("A", "test", 5, 5), ("B", "train", 40, 10)]


def test_labelled_rows_only(pairs):
    drawn = draw_splits(pairs, ["pair", "label"], 10, seed=1, labelled=True)
    assert names(drawn) == [("A", "train", 40, 10), ("B", "dev", 5, 5), ("B", "train", 20, 10)]
    assert all(one.rows["label"].null_count() == 0 for one in drawn)


def test_rows_keep_their_order_and_their_split(pairs, monkeypatch):
    whole = draw_splits(pairs, ["corpus", "split", "pair", "q"], 10, seed=1)
    for one in whole:
        assert one.rows["pair"].is_sorted()
        assert one.rows.select("corpus", "split").unique().rows() == [(one.corpus, one.split)]
    assert whole[0].rows["pair"].to_list() != list(range(10))
    monkeypatch.setattr("yiju.base.tables.PART", 7)
    parts = draw_splits(pairs, ["corpus", "split", "pair", "q"], 10, seed=1)
    assert [one.rows.rows() for one in parts] == [one.rows.rows() for one in whole]


def test_another_seed_draws_other_rows(pairs):
    one, two = (draw_splits(pairs, ["pair"], 10, seed=seed)[0].rows["pair"].to_list() for seed in (1, 2))
    assert one != two
