"""Edits that keep the meaning: what they make of a sentence, and where its segments come from."""

import polars as pl
import pytest

from yiju.base import tables
from yiju.data.segmentation import characters, segment_spans
from yiju.evaluation.study.edited import edited_forms
from yiju.evaluation.study.edits import EDITS

TEXTS = ["花呗怎么开通？", "怎么改VIP手机号", "ＶＩＰ，是什么", "多少钱？谢谢", "？", "", "a1", "手机 4G 卡！"]


def edited(name, text, segments=None):
    return EDITS[name](text, characters(text) if segments is None else segments)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("half_width", "ＶＩＰ，是什么？", "VIP,是什么?"),
        ("half_width", "花呗。", "花呗。"),
        ("final_mark", "花呗怎么开通？", "花呗怎么开通"),
        ("final_mark", "花呗怎么开通", "花呗怎么开通。"),
        ("final_mark", "？", "？"),
        ("final_mark", "花呗 ", "花呗 "),
        ("spaced", "改VIP手机号", "改 VIP 手机号"),
        ("spaced", "手机 4G 卡", "手机 4G 卡"),
        ("spaced", "手机？a", "手机？a"),
    ],
)
def test_what_an_edit_makes_of_a_sentence(name, text, expected):
    assert edited(name, text).text == expected


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", EDITS)
def test_segments_spell_the_edited_sentence_and_name_where_they_come_from(name, text):
    segments = characters(text)
    found = EDITS[name](text, segments)
    assert len(segment_spans(found.text, found.segments)) == len(found.segments) == len(found.origins)
    origins = [origin for origin in found.origins if origin is not None]
    assert origins == sorted(set(origins))
    for segment, origin in zip(found.segments, found.origins, strict=True):
        if origin is not None and name != "half_width":
            assert segment == segments[origin]


def test_a_space_inside_a_given_segment_stays_inside():
    found = edited("spaced", "我要4G卡", ["我要", "4G卡"])
    assert (found.text, found.segments, found.origins) == ("我要 4G 卡", ("我要", "4G 卡"), (0, 1))
    segment_spans(found.text, found.segments)


@pytest.mark.parametrize(
    ("text", "segments"),
    [("多少钱？", ["多少", "钱？"]), ("多少钱。？", ["多少钱", "。？"]), ("多少钱?!", ["多少钱", "?!"])],
)
def test_a_mark_that_is_part_of_a_longer_segment_stays(text, segments):
    found = edited("final_mark", text, segments)
    assert (found.text, found.segments) == (text, tuple(segments))


def items(*pairs):
    rows = [
        {"item": str(n), "q": q, "t": t, "q_segments": characters(q), "t_segments": characters(t)}
        for n, (q, t) in enumerate(pairs)
    ]
    return pl.DataFrame(rows, schema=pl.Schema(tables.ITEMS))


def test_one_edit_of_each_pair_is_drawn_among_those_that_change_it():
    table = items(*[("改VIP号，吗？", "改号")] * 60, ("?", "!"), ("花呗", "花呗。"))
    found = edited_forms(table, 1)
    assert {name for name, _ in found.values()} == set(EDITS)
    assert 60 not in found
    assert found[61][0] == "final_mark" and [one.text for one in found[61][1]] == ["花呗。", "花呗"]
    for row in range(60):
        name, (q, _) = found[row]
        assert q == edited(name, "改VIP号，吗？")
    assert edited_forms(table, 1) == found != edited_forms(table, 2)
    # What is drawn for a pair does not hang on what applies to those before it.
    assert edited_forms(items(("?", "!"), *[("改VIP号，吗？", "改号")] * 59), 1)[59] == found[59]
