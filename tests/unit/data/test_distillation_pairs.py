"""Which pairs a student learns: the members' own, and others without a label, none of them held out or repeated."""

import polars as pl
from merged import write_merged

from yiju.base import tables
from yiju.data.distillation_pairs import distillation_pairs

ROWS = [
    ("A", "train", "怎么开通花呗", "花呗怎样开通", 1),
    ("A", "dev", "多少钱", "多少钱一斤", 0),
    # Of another corpus: the labelled pair, exchanged; the dev pair; a new one, twice; one that is no train pair.
    ("B", "train", "花呗怎样开通", "怎么开通花呗", 0),
    ("B", "train", "多少钱？", "多少钱一斤", None),
    ("B", "train", "今天天气", "天气怎么样", None),
    ("B", "train", "天气怎么样", "今天天气！", 1),
    ("B", "test", "明天天气", "天气怎么样", None),
]


def written(folder):
    """MERGED, HELD_OUT with the dev pair, and AUGMENTED of the first pair and a child of it."""
    pairs = write_merged(folder / "pairs", ROWS)
    merged = tables.read(pairs, tables.MERGED)
    dev = merged[1, "q_sentence"], merged[1, "t_sentence"]
    held_out = pl.DataFrame({"set": ["dev"], "low": [min(dev)], "high": [max(dev)]}, schema=pl.Schema(tables.HELD_OUT))
    tables.write(held_out, folder / "held_out", tables.HELD_OUT)
    columns = {
        "q": ["怎么开通花呗", "开通"],
        "t": ["花呗怎样开通", "开"],
        "label": [1, 0],
        "fold": [-1, -1],
        "operation": ["original", "closure_negative"],
        "parents": [[0], [0, 1]],
    }
    tables.write(pl.DataFrame(columns, schema=pl.Schema(tables.AUGMENTED)), folder / "augmented", tables.AUGMENTED)
    return folder / "augmented", pairs, folder / "held_out"


def test_pairs_of_other_corpora_follow_the_labelled_ones_without_labels_and_all_are_accounted_for(tmp_path):
    rows, account = distillation_pairs(*written(tmp_path), ["B"])

    assert rows.rows() == [
        ("怎么开通花呗", "花呗怎样开通", 1, "original"),
        ("开通", "开", 0, "closure_negative"),
        ("今天天气", "天气怎么样", None, "B"),
    ]
    assert account == {
        "labelled": 2,
        "unlabelled": 1,
        "left_out.held_out": 1,
        "left_out.labelled": 1,
        "left_out.repeated": 1,
    }


def test_without_other_corpora_the_members_own_pairs_are_all(tmp_path):
    rows, account = distillation_pairs(*written(tmp_path), [])

    assert rows["source"].to_list() == ["original", "closure_negative"]
    assert account == {"labelled": 2}
