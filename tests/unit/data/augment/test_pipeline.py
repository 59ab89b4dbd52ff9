"""Augmented pairs: the originals in order, then children that know their parents."""

import json

import polars as pl
import pytest
from merged import write_merged

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.augment.pipeline import Inputs, augment_pairs


def write_inputs(folder, rows, conflicts=()):
    """MERGED pairs, FOLDS, HELD_OUT and CONFLICTS (numbers of sentences) of (split, q, t, label, fold) rows."""
    write_merged(folder / "pairs.parquet", [("A", *row[:4]) for row in rows])
    merged = tables.read(folder / "pairs.parquet", tables.MERGED).filter(pl.col("split") != "train")
    sides = merged.select("q_sentence", "t_sentence").to_numpy()
    held_out = {"set": ["A dev"] * len(sides), "low": sides.min(axis=1), "high": sides.max(axis=1)}
    tables.write(
        pl.DataFrame(held_out, schema=pl.Schema(tables.HELD_OUT)), folder / "held_out.parquet", tables.HELD_OUT
    )
    tables.write(
        pl.DataFrame(conflicts, schema=pl.Schema(tables.CONFLICTS), orient="row"),
        folder / "conflicts.parquet",
        tables.CONFLICTS,
    )
    tables.write(tables.empty(tables.UNUSED), folder / "unused.parquet", tables.UNUSED)
    folds = [(n, 0, row[4]) for n, row in enumerate(rows) if row[0] == "train"]
    tables.write(
        pl.DataFrame(folds, schema=pl.Schema(tables.FOLDS), orient="row"), folder / "folds.parquet", tables.FOLDS
    )


def augment(folder, method, leaks=False, **limits):
    """AUGMENTED rows; the account lies beside them."""
    names = ("pairs", "folds", "held_out", "conflicts", "unused")
    inputs = Inputs(*(folder / f"{name}.parquet" for name in names))
    out = folder / "augmented.parquet"
    settings = {"method": method, "leaks": leaks, "near_leaks": False, **limits}
    augment_pairs(inputs, out, folder / "augmentation.json", settings)
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


LIMITS = {"closure": {"share": 9.0, "per_component": 9}, "seed": 1}


@pytest.mark.parametrize("method", ["published", "closure"])
def test_a_pair_of_torn_labels_never_comes_back(tmp_path, method):
    rows = [("train", "a", "b", 1, -1), ("train", "a", "c", 1, -1), ("train", "a", "d", 0, -1)]
    children = {}
    for conflicts in ((), [(1, 2)]):  # b and c
        write_inputs(tmp_path, rows, conflicts)
        children[len(conflicts)] = {row[:2] for row in augment(tmp_path, method, **LIMITS)[3:]}
    assert ("b", "c") in children[0]
    assert children[1] == set()  # nor does anything follow from sentences that contradict themselves
    account = json.loads((tmp_path / "augmentation.json").read_text(encoding="utf-8"))
    assert account["contradictions"]["components"] == 1


def test_children_that_are_nearly_pairs_of_a_held_out_set_go_on_request(tmp_path):
    rows = [
        ("dev", "请问花呗怎么还款呢", "花呗的还款方法", 1, None),
        ("train", "怎么还", "请问花呗怎么还款", 1, -1),
        ("train", "怎么还", "花呗的还款方法", 1, -1),
        ("train", "怎么还", "别的事情", 0, -1),
    ]
    write_inputs(tmp_path, rows)
    near = {"near_leaks": True, "near_similarity": 0.8}
    assert [row[:2] for row in augment(tmp_path, "published", leaks=True)[3:]] == [
        ("请问花呗怎么还款", "花呗的还款方法")
    ]
    assert augment(tmp_path, "published", leaks=True, **near)[3:] == []
    account = json.loads((tmp_path / "augmentation.json").read_text(encoding="utf-8"))
    assert account["left_out"]["nearly a pair of a dev/test/competition set"] == 1
