"""Sets of items: the competition's files and splits of our own, in one table."""

import json

import pytest
from merged import write_merged

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.sets import prepare_split, prepare_test_set, to_gold, to_items


def test_a_test_set_comes_back_as_it_was_written(tmp_path):
    items = [
        {"id": 1, "query": "花呗", "title": "花 钱", "text_q_seg": ["花", "呗"], "text_t_seg": ["花", "钱"]}
        | {"sample_type": "ori", "rel_ids": [7]},
        {"id": 7, "query": "花", "title": "钱", "text_q_seg": ["花"], "text_t_seg": ["钱"], "sample_type": "disturb"},
    ]
    gold = [{"sent_id": 1, "sent_label": 1, "rationale_q_idx": [1, 0], "rationale_t_idx": [0]}]
    for name, lines in (("items", items), ("gold", gold)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (tmp_path / name).write_text(text, encoding="utf-8")
    prepare_test_set(str(tmp_path / "items"), str(tmp_path / "gold"), str(tmp_path / "out.parquet"))
    table = tables.read(tmp_path / "out.parquet", tables.ITEMS)
    first, second = to_items(table)
    assert (first.item, first.q_segments, first.kind, first.related) == ("1", ("花", "呗"), "ori", ("7",))
    assert second.kind == "disturb"
    assert table["label"].to_list() == [1, None]
    assert {name: (one.q, one.t) for name, one in to_gold(table).items()} == {
        "1": ((frozenset({0, 1}),), (frozenset({0}),))
    }


ROWS = [
    ("A", "train", "a", "b", 1),
    ("A", "dev", "c", "d", 0),
    ("A", "dev", "e", "f", None),
    ("B", "dev", "g", "h", 1),
    ("A", "test", "i", "j", None),
    ("B", "test", "k", "l", 1),
    ("C", "test", "m", "n", 0),
    ("C", "dev", "o", "p", None),
]


@pytest.mark.parametrize(
    ("corpora", "split", "found"),
    [
        (["A"], "dev", [("1", "c", "d", 0)]),
        (["B", "A"], "dev", [("1", "c", "d", 0), ("3", "g", "h", 1)]),
        # Without labels a test split is judged as well.
        (["A", "B"], "test", [("4", "i", "j", None), ("5", "k", "l", 1)]),
        (["A"], "test", [("4", "i", "j", None)]),
    ],
)
def test_a_set_is_the_split_of_the_corpora(tmp_path, corpora, split, found):
    path = write_merged(tmp_path / "pairs.parquet", ROWS)
    prepare_split(path, corpora, split, str(tmp_path / "set.parquet"))
    table = tables.read(tmp_path / "set.parquet", tables.ITEMS)
    assert table.select("item", "q", "t", "label").rows() == found
    assert table["q_segments"].null_count() == len(found)


@pytest.mark.parametrize(
    ("corpora", "split", "message"),
    [
        (["C"], "dev", r"finetune\.corpora: none of the 1 dev pairs of C has a label.*corpora\.dev_share"),
        (["D"], "test", r"evaluate\.splits: D \(finetune\.corpora\) have no test pairs; take test out"),
    ],
)
def test_a_split_of_no_use_is_an_error(tmp_path, corpora, split, message):
    path = write_merged(tmp_path / "pairs.parquet", ROWS)
    with pytest.raises(YijuError, match=message):
        prepare_split(path, corpora, split, str(tmp_path / "set.parquet"))
    assert not (tmp_path / "set.parquet").exists()


def test_a_test_split_that_was_published_without_labels_is_judged_but_not_evaluated(tmp_path, caplog):
    path = write_merged(tmp_path / "pairs.parquet", ROWS)
    with caplog.at_level("WARNING", "yiju"):
        prepare_split(path, ["A"], "test", str(tmp_path / "set.parquet"))
    table = tables.read(tmp_path / "set.parquet", tables.ITEMS)
    assert table.select("item", "q", "t", "label").rows() == [("4", "i", "j", None)]
    assert "1 of 1 test pairs have no label: they are judged, but not measured" in caplog.text
