"""Which examples are shown: by confidence, by group, one of a family."""

import json

import polars as pl

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


def test_of_a_split_that_is_explained_examples_are_of_the_pairs_drawn(tmp_path):
    texts = {"item": ["2", "5"], "q": ["甲乙", "丙"], "t": ["甲", "丁"], "label": [0, 1]}
    cut = {"q_segments": [["甲", "乙"], ["丙"]], "t_segments": [["甲"], ["丁"]]}
    empty = {name: [None, None] for name in tables.ITEMS.names}
    items = pl.DataFrame(empty | texts | cut, schema=pl.Schema(tables.ITEMS))
    tables.write(items, tmp_path / "items.parquet", tables.ITEMS)
    tables.write(rows([1, 0, 0, 1, 1, 0]).drop("family"), tmp_path / "judged.parquet", tables.JUDGED)
    lines = [{"item": item, "q": [0], "t": [0], "q_scores": [0.5, 0.1], "t_scores": [0.2]} for item in "25"]
    (tmp_path / "faithful.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    files = [str(tmp_path / name) for name in ("items.parquet", "judged.parquet", "faithful.jsonl")]
    found = read_examples("test", *files)
    assert [one.item for one in found.examples] == ["2", "5"]
    assert [side.selected[0].text for side in found.examples[0].sides] == ["甲", "甲"]


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
