"""Which examples are shown: by confidence, by group, one of a family."""

import polars as pl
from unit.report.small_run import examined

from yiju.base import tables
from yiju.report.examples import choose, families, read_examples

NO_GOLD = [None] * 6


def rows(gold, label=(1, 1, 0, 0, 1, 1), probability=(0.9, 0.8, 0.1, 0.4, 0.9, 0.7), family="abcdef"):
    columns = [list("123456"), gold, label, probability, [0.5] * 6]
    judged = pl.DataFrame(dict(zip(tables.JUDGED.names, columns, strict=True)), schema=pl.Schema(tables.JUDGED))
    return judged.with_columns(family=pl.Series(list(family)))


def chosen(table, number):
    return [row["item"] for row in choose(table, number)]


def test_wrong_ones_first_most_confident_first():
    assert chosen(rows(gold=[1, 0, 0, 1, 1, 0]), 1) == ["4", "2", "1", "3"]


def test_ties_go_by_the_order_of_the_set():
    assert chosen(rows(gold=[1, 0, 0, 1, 1, 0]), 9) == ["4", "2", "6", "1", "5", "3"]


def test_without_gold_by_judgement():
    assert chosen(rows(NO_GOLD), 2) == ["1", "5", "3", "4"]


def test_one_of_a_family():
    assert chosen(rows(NO_GOLD, family="abcdaf"), 2) == ["1", "2", "3", "4"]


def test_examples_are_of_the_pairs_that_were_drawn_with_their_scores_and_rationales(tmp_path):
    texts = {"item": ["1", "2", "3"], "q": ["甲乙", "甲乙", "甲乙"], "t": ["甲", "丙", "丁"]}
    texts |= {"kind": ["ori", "disturb", None], "related": [["2"], ["1"], None]}
    empty = {name: [None] * 3 for name in tables.ITEMS.names}
    items = pl.DataFrame(empty | texts, schema=pl.Schema(tables.ITEMS))
    tables.write(items, tmp_path / "items.parquet", tables.ITEMS)
    one, _ = examined(("told",), ("one",), ("甲乙", "甲丁"))
    drawn = [one | {"item": "1"}, one | {"item": "2", "probability": 0.8}]
    (tmp_path / "fused.jsonl").write_text('{"item": "1", "label": 0, "q": [1], "t": []}\n', encoding="utf-8")
    found = read_examples("told", drawn, str(tmp_path / "items.parquet"), "one", str(tmp_path / "fused.jsonl"))
    (only,) = found.examples
    assert (only.item, only.probability, only.harmonised_label) == ("1", 0.9, 0)
    assert [[piece.text for piece in side.selected] for side in only.sides] == [["甲", "乙"], ["甲"]]
    assert [side.harmonised for side in only.sides] == [["乙"], []]


def test_families_join_originals_disturbed_forms_and_repetitions():
    columns = {
        "item": ["1", "2", "3", "4"],
        "q": ["甲", "乙", "甲", "丙"],
        "t": ["甲", "乙", "甲", "丙"],
        "kind": ["ori", "disturb", None, None],
        "related": [["2"], ["1"], None, None],
    }
    table = pl.DataFrame(columns).select(
        [
            pl.col(name) if name in columns else pl.lit(None, dtype).alias(name)
            for name, dtype in pl.Schema(tables.ITEMS).items()
        ]
    )
    assert families(table) == ["1", "1", "1", "4"]
