"""Readers of items and gold: what is read, and what is refused, naming the line."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.base.errors import YijuError
from yiju.data.items import Item, read_gold, read_items
from yiju.data.segmentation import characters, segment_spans

ITEM = {
    "id": 1,
    "query": "怎么 取钱？",
    "title": "取钱VIP",
    "text_q_seg": ["怎", "么", "取钱", "？"],
    "text_t_seg": ["取", "钱", "VIP"],
}
GOLD = {"sent_id": "1", "sent_label": 1, "rationale_q_idx": [2], "rationale_t_idx": ["0", "1"]}


def write(path, *rows):
    text = "".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8", newline="")
    return path


@pytest.fixture
def items(tmp_path):
    return read_items(write(tmp_path / "items.txt", ITEM))


def test_an_item_is_read_as_it_stands(items):
    assert items == [Item("1", "怎么 取钱？", "取钱VIP", ("怎", "么", "取钱", "？"), ("取", "钱", "VIP"))]


def test_kind_and_relations_are_kept(tmp_path):
    original = {**ITEM, "sample_type": "ori", "rel_ids": [7]}
    items = read_items(write(tmp_path / "items.txt", original, {**ITEM, "id": "7", "sample_type": "disturb"}))
    assert [(item.kind, item.related) for item in items] == [("ori", ("7",)), ("disturb", ())]


def test_without_segments_characters_stand_in(tmp_path):
    (item,) = read_items(write(tmp_path / "items.txt", {"id": 1, "query": "用 iPhone12 吗", "title": ""}))
    assert (item.q_segments, item.t_segments) == (("用", "iPhone12", "吗"), ())


def test_only_line_feeds_end_lines(tmp_path):
    text = "甲\u2028乙\x85丙"
    row = {"id": 1, "query": text, "title": "丁", "text_q_seg": list(text), "text_t_seg": ["丁"]}
    (item,) = read_items(write(tmp_path / "items.txt", row, "\r\n"))
    assert item.q_segments == tuple(text)


def without(key):
    return {name: value for name, value in ITEM.items() if name != key}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{not json}\n", "line 2: not JSON"),
        ('"text"\n', "line 2: expected a JSON object, got str"),
        ("[" * 100_000 + "\n", "line 2: JSON beyond reading"),
        ("9" * 5000 + "\n", "line 2: JSON beyond reading"),
        (without("query"), "line 2: no query"),
        (without("id"), "line 2: no id"),
        (without("text_t_seg"), "line 2: only one of"),
        (ITEM, "line 2: id 1 again, first on line 1"),
        ({**ITEM, "id": "1"}, "line 2: id 1 again, first on line 1"),
        ({**ITEM, "id": True}, "line 2: id True is no id"),
        ({**ITEM, "id": "a\tb"}, "line 2: id 'a\\\\tb' is no id"),
        ({**ITEM, "id": 2, "query": None}, "line 2: query holds a NoneType"),
        ('{"id": 2, "query": "\\ud800", "title": ""}\n', "line 2: query holds half of a surrogate"),
        ({**ITEM, "id": 2, "text_q_seg": "怎么取钱？"}, "line 2: text_q_seg is a str"),
        ({**ITEM, "id": 2, "text_q_seg": ["怎", "取钱", "么", "？"]}, "line 2: text_q_seg: segment 1 '取钱'"),
        ({**ITEM, "id": 2, "text_q_seg": ["怎", "么", "取钱"]}, "line 2: text_q_seg: no segment holds '？'"),
        ({**ITEM, "id": 2, "sample_type": "original"}, "line 2: sample_type 'original' is unknown"),
        ({**ITEM, "id": 2, "rel_ids": [9]}, "line 2: rel_ids names 9"),
        ({**ITEM, "id": 2, "rel_ids": "9"}, "line 2: rel_ids is a str"),
    ],
)
def test_bad_items_are_refused_by_line(tmp_path, row, message):
    with pytest.raises(YijuError, match=message):
        read_items(write(tmp_path / "items.txt", ITEM, row))


def test_bad_files_are_refused(tmp_path):
    with pytest.raises(YijuError, match="holds no items"):
        read_items(write(tmp_path / "empty.txt"))
    with pytest.raises(YijuError, match=r"absent\.txt"):
        read_items(tmp_path / "absent.txt")
    (tmp_path / "bytes.txt").write_bytes(json.dumps(ITEM).encode() + b'\n{"id": "\xff"}\n')
    with pytest.raises(YijuError, match="line 2: byte 0xff"):
        read_items(tmp_path / "bytes.txt")


@pytest.mark.parametrize(
    ("value", "sets"),
    [
        ([0, 2], [{0, 2}]),
        (["0", "2"], [{0, 2}]),
        ("0,2", [{0, 2}]),
        ("2", [{2}]),
        ("", [set()]),
        ([], [set()]),
        ([[0, 2], ["1"]], [{0, 2}, {1}]),
        (["0,2", "1"], [{0, 2}, {1}]),
        ([[0], []], [{0}, set()]),
    ],
)
def test_every_way_to_write_indices(tmp_path, items, value, sets):
    gold = read_gold(write(tmp_path / "gold.txt", {**GOLD, "rationale_q_idx": value}), items)
    assert gold["1"].q == tuple(frozenset(s) for s in sets)
    assert (gold["1"].label, gold["1"].t) == (1, (frozenset({0, 1}),))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rationale_q_idx": [4]}, r"line 1: rationale_q_idx 4 is outside 0\.\.3"),
        ({"rationale_q_idx": [-1]}, r"line 1: rationale_q_idx -1 is outside 0\.\.3"),
        ({"rationale_t_idx": [[0], [3]]}, r"line 1: rationale_t_idx 3 is outside 0\.\.2"),
        ({"rationale_q_idx": [1, "1"]}, "line 1: rationale_q_idx holds 1 twice"),
        ({"rationale_q_idx": [1.0]}, "line 1: rationale_q_idx holds 1.0"),
        ({"rationale_q_idx": [True]}, "line 1: rationale_q_idx holds True"),
        ({"rationale_q_idx": ["x"]}, "line 1: rationale_q_idx holds 'x'"),
        ({"rationale_q_idx": None}, "line 1: rationale_q_idx holds None"),
        ({"sent_id": 2}, "line 1: sent_id 2 is no item"),
        ({"sent_label": 2}, "line 1: sent_label is 2"),
        ({"sent_label": True}, "line 1: sent_label is True"),
        ({"text_q_token": ["怎么", "取钱", "？"]}, "line 1: text_q_token differs"),
    ],
)
def test_bad_gold_is_refused_by_line(tmp_path, items, change, message):
    with pytest.raises(YijuError, match=message):
        read_gold(write(tmp_path / "gold.txt", {**GOLD, **change}), items)


def test_a_key_twice_in_a_line_is_refused(tmp_path):
    path = tmp_path / "items.txt"
    path.write_text('{"id": 1, "query": "甲", "title": "乙", "query": "丙"}\n', encoding="utf-8")
    with pytest.raises(YijuError, match="line 1: the key 'query' is in one object twice"):
        read_items(path)


def test_gold_names_an_item_once_and_entirely(tmp_path, items):
    with pytest.raises(YijuError, match="line 2: sent_id 1 again, first on line 1"):
        read_gold(write(tmp_path / "gold.txt", GOLD, GOLD), items)
    with pytest.raises(YijuError, match="line 1: no sent_label"):
        read_gold(write(tmp_path / "gold.txt", {k: v for k, v in GOLD.items() if k != "sent_label"}), items)
    with pytest.raises(YijuError, match="holds no gold"):
        read_gold(write(tmp_path / "gold.txt"), items)


TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4), max_size=8)


@given(TEXTS, st.data())
def test_spans_cut_the_text_into_its_segments(segments, data):
    gaps = data.draw(
        st.lists(st.sampled_from(["", "", " ", "\u3000 "]), min_size=len(segments), max_size=len(segments))
    )
    text = "".join(gap + segment for gap, segment in zip(gaps, segments, strict=True))
    spans = segment_spans(text, segments)
    assert [text[start:end] for start, end in spans] == segments
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_white_space_may_be_a_segment():
    assert segment_spans("a  b", ["a", " ", "b"]) == [(0, 1), (1, 2), (3, 4)]


def test_an_empty_segment_is_refused():
    with pytest.raises(YijuError, match="segment 1 ''"):
        segment_spans("ab", ["a", "", "b"])


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_fallback_segments_spell_the_text(text):
    segments = characters(text)
    spans = segment_spans(text, segments)
    covered = {index for start, end in spans for index in range(start, end)}
    assert all(text[index].isspace() for index in set(range(len(text))) - covered)
