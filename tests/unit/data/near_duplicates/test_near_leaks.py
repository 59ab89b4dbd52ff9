"""Near leaks: of training rows into every held-out set, with texts and a summary."""

import json
from unittest.mock import patch

import pytest
from near_corpora import items, merged

from yiju.base import tables
from yiju.data.near_duplicates.near_leaks import NEAR_LEAKS, find_near_leaks

LONG, SHORT, OTHER = "今天晚上的月亮怎么这样圆", "今天晚上的月亮怎么这样", "为什么猫喜欢纸箱子"
ROWS = [
    ("A", "train", LONG, OTHER),
    ("A", "train", OTHER, f"{SHORT}？"),  # the test pair itself, but for a question mark
    ("A", "train", f"{OTHER}呢", "另一句话"),  # one sentence alone is near
    ("B", "train", f"{OTHER}！", f"{LONG}吗"),
    ("B", "train", "毫不相干", "也不相干"),
    ("A", "test", SHORT, OTHER),
    ("B", "dev", f"{OTHER}吗", LONG),
    ("B", "dev", OTHER, SHORT),
]


def find(folder, rows, sets=(), similarity=0.8):
    pairs = merged(folder / "pairs.parquet", rows)
    out, summary = folder / "near.parquet", folder / "near.json"
    find_near_leaks(pairs, sets, out, summary, similarity)
    return tables.read(out, NEAR_LEAKS), json.loads(summary.read_text(encoding="utf-8"))


@pytest.mark.parametrize("part", [1, 3, 100])
def test_by_hand(tmp_path, part):
    competition = items(tmp_path / "C.parquet", [(f"{LONG}吗", f"{OTHER}啊"), ("不在这里", "真的不在")])
    with patch.object(tables, "PART", part):
        table, summary = find(tmp_path, ROWS, [competition])
    assert table.select("corpus", "line", "set", "held_q", "held_t").rows() == [
        ("A", 0, "A test", SHORT, OTHER),
        ("A", 0, "B dev", OTHER, SHORT),  # of two in this set the nearer one: 10/11 against 8/9
        ("A", 0, "C", f"{LONG}吗", f"{OTHER}啊"),
        ("A", 1, "B dev", f"{OTHER}吗", LONG),
        ("A", 1, "C", f"{LONG}吗", f"{OTHER}啊"),
        ("B", 3, "A test", SHORT, OTHER),
        ("B", 3, "B dev", f"{OTHER}吗", LONG),
        ("B", 3, "C", f"{LONG}吗", f"{OTHER}啊"),
    ]
    similarity = [10 / 11, 10 / 11, 8 / 9, 8 / 9, 10 / 12, 10 / 12, 8 / 9, 8 / 9]
    assert table["similarity"].to_list() == similarity
    assert summary["similarity"] == 0.8
    assert summary["rows"] == 3
    assert summary["counts"] == {"A": {"A test": 1, "B dev": 2, "C": 2}, "B": {"A test": 1, "B dev": 1, "C": 1}}
    best = {"corpus": "A", "file": "f", "line": 0, "q": LONG, "t": OTHER, "similarity": 10 / 11}
    assert summary["examples"][0] == best | {"set": "A test", "held_q": SHORT, "held_t": OTHER}
    assert [example["line"] for example in summary["examples"]] == [0, 1, 3]


def test_a_higher_similarity_finds_less(tmp_path):
    table, summary = find(tmp_path, ROWS, similarity=0.9)
    assert table["line"].to_list() == [0, 0]
    assert summary["rows"] == 1


def test_examples_take_every_corpus_in_turn(tmp_path):
    nearest = [("A", "train", f"{LONG}{chr(0x4E00 + n)}", OTHER) for n in range(30)]
    less_near = [("B", "train", f"{OTHER}{end}", LONG) for end in "xy"]
    table, summary = find(tmp_path, [*nearest, *less_near, ("B", "dev", LONG, OTHER)])
    assert table.height == 32
    assert [example["corpus"] for example in summary["examples"]] == ["A"] * 18 + ["B"] * 2
    assert [example["line"] for example in summary["examples"]] == [*range(18), 30, 31]


@pytest.mark.parametrize("rows", [ROWS[:5], ROWS[5:], [("A", "train", LONG, OTHER), ("A", "dev", OTHER, LONG)]])
def test_nothing_to_be_found(tmp_path, rows):
    table, summary = find(tmp_path, rows)
    assert table.is_empty()
    assert summary == {"similarity": 0.8, "rows": 0, "counts": {}, "examples": []}
