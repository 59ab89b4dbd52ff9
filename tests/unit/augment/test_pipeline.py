"""Augmented pairs: the originals in order, then children that know their parents."""

import json

import polars as pl
import pytest
from merged import write_merged

from yiju import tables
from yiju.augment import augment_pairs
from yiju.errors import YijuError


def write_inputs(folder, rows):
    """MERGED pairs, FOLDS and HELD_OUT of (split, q, t, label, fold) rows."""
    write_merged(folder / "pairs.parquet", [("A", *row[:4]) for row in rows])
    merged = tables.read(folder / "pairs.parquet", tables.MERGED).filter(pl.col("split") != "train")
    sides = merged.select("q_sentence", "t_sentence").to_numpy()
    held_out = {"set": ["A dev"] * len(sides), "low": sides.min(axis=1), "high": sides.max(axis=1)}
    tables.write(pl.DataFrame(held_out, schema=tables.HELD_OUT), folder / "held_out.parquet", tables.HELD_OUT)
    folds = [(n, 0, row[4]) for n, row in enumerate(rows) if row[0] == "train"]
    tables.write(pl.DataFrame(folds, schema=tables.FOLDS, orient="row"), folder / "folds.parquet", tables.FOLDS)


def augment(folder, method, leaks=False, **limits):
    """AUGMENTED rows; the account lies beside them."""
    inputs = [folder / f"{name}.parquet" for name in ("pairs", "folds", "held_out")]
    out = folder / "augmented.parquet"
    augment_pairs(*inputs, out, folder / "augmentation.json", {"method": method, "leaks": leaks, **limits})
    return tables.read(out, tables.AUGMENTED).rows()


def test_originals_come_first_and_children_know_their_parents(tmp_path):
    rows = [
        ("dev", "b？", "A", 1, None),
        ("train", "q", "a", 1, 2),
        ("train", "q", "b", 1, 2),
        ("train", "q", "c", 0, 2),
        ("train", "r", "d", 1, 0),
    ]
    write_inputs(tmp_path, rows)
    originals = [
        ("q", "a", 1, 2, "original", [1]),
        ("q", "b", 1, 2, "original", [2]),
        ("q", "c", 0, 2, "original", [3]),
        ("r", "d", 1, 0, "original", [4]),
    ]
    assert augment(tmp_path, "none") == originals
    # |P| / rate is half a negative: none.
    assert augment(tmp_path, "published") == [*originals, ("a", "b", 1, 2, "transfer_positive", [1, 2])]
    # The child is a dev pair, in the other order.
    assert augment(tmp_path, "published", leaks=True) == originals


def test_an_unknown_method_is_named(tmp_path):
    with pytest.raises(YijuError, match="no method 'more'; there are none, published, closure"):
        write_inputs(tmp_path, [("train", "a", "b", 1, -1)])
        augment(tmp_path, "more")


def test_closure_speaks_in_the_words_that_appear_first_and_names_the_way(tmp_path):
    rows = [
        ("dev", "x", "y", 1, None),
        ("train", "Ａ！", "b", 1, 0),
        ("train", "b", "c", 1, 0),
        ("train", "c?", "d", 0, 0),
        ("train", "a", "z", 0, 1),  # of another fold: nothing follows with the others
    ]
    write_inputs(tmp_path, rows)
    made = augment(tmp_path, "closure", closure={"share": 9.0, "per_component": 9}, seed=1)[4:]
    similar = ("Ａ！", "c", 1, 0, "closure_positive", [1, 2])
    # Of the two that follow one is drawn.
    other = [("b", "d", 0, 0, "closure_negative", [2, 3]), ("Ａ！", "d", 0, 0, "closure_negative", [1, 2, 3])]
    assert made[0] == similar
    assert made[1:] in ([other[0]], [other[1]])
    account = json.loads((tmp_path / "augmentation.json").read_text(encoding="utf-8"))
    assert account["before"] == {"pairs": 4, "positive": 2}
    assert account["after"] == {"pairs": 6, "positive": 3}
    assert account["made"] == {"closure_positive": 1, "closure_negative": 1}
    assert account["left_out"]["to keep the label ratio"] == 1
