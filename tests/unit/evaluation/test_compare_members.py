"""Agreement of members, by hand."""

import json

import numpy as np
import polars as pl
import pytest

from yiju.base import tables
from yiju.evaluation.compare_members import compare_members
from yiju.models.scores import score_table

SETTINGS = {"sets": ["dev", "told"], "explained": ["told"], "methods": ["one"], "members": ["0", "1", "2"]}
SETTINGS |= {"select": {"by": "count", "value": 1}, "bootstrap": 100, "seed": 1}
TEXTS = ["甲乙丙", "丁戊己", "庚辛壬", "癸"]


def write_items(path, labels):
    columns = {name: [None] * 4 for name in tables.ITEMS.names}
    columns |= {"item": list("abcd"), "q": TEXTS, "t": ["子丑", "寅卯", "辰巳", ""], "label": labels}
    tables.write(pl.DataFrame(columns, schema=pl.Schema(tables.ITEMS)), path, tables.ITEMS)


def write_scores(path, differences):
    logits = np.stack([np.zeros(4), np.array(differences, dtype=float)], axis=1)
    tables.write(score_table(list("abcd"), logits, 0.0, np.zeros(4, bool)), path, tables.SCORES)


def write_attributions(path, scores):
    """Scores of every segment of the four items, a list of each."""
    sides = [(item, side, text) for item, *texts in zip("abcd", TEXTS, ["子丑", "寅卯", "辰巳", ""], strict=True)
             for side, text in zip("qt", texts, strict=True)]  # fmt: skip
    rows = [(item, side, index, index, index + 1, char) for item, side, text in sides
            for index, char in enumerate(text)]  # fmt: skip
    flat = [score for own in scores for score in own]
    table = pl.DataFrame(
        [(*row, score, 0.0, None) for row, score in zip(rows, flat, strict=True)],
        schema=pl.Schema(tables.ATTRIBUTIONS),
        orient="row",
    )
    tables.write(table, path, tables.ATTRIBUTIONS)


@pytest.fixture
def found(tmp_path):
    return compared(tmp_path, SETTINGS)


def compared(tmp_path, settings, keep=4):
    """What is written; keep: of the four items of the explained set, as many were drawn to be explained."""
    write_items(tmp_path / "dev.parquet", [1, 0, None, 1])
    write_items(tmp_path / "told.parquet", [None] * 4)
    scores, attributions = [], []
    # Labels of the members: 1 0 1 1, 1 0 0 1, 1 1 0 1.
    for name in ("dev", "told"):
        for member, values in enumerate([(1, -1, 1, 1), (1, -1, -1, 1), (1, 1, -1, 1)]):
            scores.append(str(tmp_path / f"{name}.{member}.parquet"))
            write_scores(scores[-1], values)
    ascending = [[1, 2, 3, 4, 5]] * 3 + [[1]]
    for member, own in enumerate([ascending, ascending, [[5, 4, 3, 2, 1]] * 3 + [[1]]]):
        attributions.append(str(tmp_path / f"one.{member}.parquet"))
        write_attributions(attributions[-1], own)
        table = tables.read(attributions[-1], tables.ATTRIBUTIONS).filter(pl.col("item").is_in(list("abcd"[:keep])))
        tables.write(table, attributions[-1], tables.ATTRIBUTIONS)
    items = [str(tmp_path / f"{name}.parquet") for name in ("dev", "told")]
    compare_members(items, scores, attributions, settings, str(tmp_path / "members.json"))
    return json.loads((tmp_path / "members.json").read_text(encoding="utf-8"))


def test_judgements(found):
    dev, told = found["judgements"]
    # Two alike: of the pairs a and d all three; of b and c one of three.
    assert dev["label_agreement"] == pytest.approx((1 + 1 / 3 + 1 / 3 + 1) / 4, abs=1e-6)
    assert dev["unanimous"] == 0.5
    assert dev["probability_difference"] == pytest.approx(2 / 3 * 2 / 4 * np.tanh(0.5), abs=1e-6)
    # Of 0 and 1, and of 1 and 2, three of four are alike, two by chance; of 0 and 2 two are, and 2.5 by chance.
    assert dev["kappa"] == pytest.approx(np.mean([0.5, 0.5, -1 / 3]), abs=1e-6)
    assert [one["accuracy"] for one in dev["accuracy"]] == pytest.approx([1, 1, 2 / 3], abs=1e-6)
    assert told["accuracy"] == []
    assert (dev["items"], told["items"]) == (4, 4)


def test_explanations_of_a_split_are_those_of_the_pairs_drawn(tmp_path):
    found = compared(tmp_path, SETTINGS | {"explained": ["dev"]}, keep=2)
    (dev,) = found["explanations"]
    assert (dev["set"], dev["pairs"]) == ("dev", 2)
    assert found["judgements"][0]["items"] == 4


def test_explanations(found):
    (told,) = found["explanations"]
    assert (told["set"], told["method"]) == ("told", "one")
    # A pair of one segment has no ranks. Two members agree, the third turns them round.
    assert told["pairs"] == 3
    assert told["spearman"] == pytest.approx((1 - 1 - 1) / 3, abs=1e-6)
    # Of either side the best segment: the same two, or none of them.
    assert told["jaccard"] == pytest.approx(1 / 3, abs=1e-6)
