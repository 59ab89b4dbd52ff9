"""Labels by what they hold: words and numbers that mean something for certain, and nothing by chance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiju.data.corpora.label_kinds import BINARY_WORDS, NUMBER, kind_of_labels


def kind(*labels):
    return kind_of_labels(dict.fromkeys(labels, 10))


@pytest.mark.parametrize(
    ("similar", "other"),
    [
        *(("1", "0"), ("1.0", "0.0"), ("１", "０"), ("true", "false"), ("TRUE", "FALSE"), ("True", "False")),
        *(("yes", "no"), ("Y", "N"), ("是", "否"), ("是", "不是"), ("相似", "不相似"), ("similar", "not_similar")),
        *(
            ("Similar", "Dissimilar"),
            ("paraphrase", "non-paraphrase"),
            ("duplicate", "not duplicate"),
            ("正例", "负例"),
        ),
    ],
)
def test_two_labels(similar, other):
    for labels in ((similar, other), (other, similar), (similar,), (other,)):
        found = kind(*labels)
        assert found.kind == "binary"
        assert found.meanings == {one: {similar: 1, other: 0}[one] for one in labels}


def test_relations():
    found = kind("entailment", "Neutral", "contradiction")
    assert (found.kind, found.meanings) == ("relations", {"entailment": 1, "Neutral": 0, "contradiction": 0})


@pytest.mark.parametrize(
    ("labels", "scale", "meanings"),
    [
        (("0", "1", "2", "3", "4", "5"), 5, (0, 0, 0, None, 1, 1)),
        (("0.0", "2.5", "3.8", "4.25", "5.0"), 5, (0, None, None, 1, 1)),
        (("0.1", "0.4", "0.75", "0.8", "1"), 1, (0, 0, None, 1, 1)),
    ],
)
def test_grades(labels, scale, meanings):
    found = kind(*labels)
    assert (found.kind, found.scale) == ("grades", scale)
    assert tuple(found.meanings.values()) == meanings


@pytest.mark.parametrize(
    "labels",
    [
        *(("01", "00"), ("+1", "-1"), ("1", "-1"), ("1", "2"), ("0", "1", "2"), ("0", "1", "2", "3"), ("1e0", "0")),
        *(("1,0", "0,0"), ("一", "零"), ("yes", "不"), ("1", "no"), ("A", "B"), ("", " "), ("a", "1")),
        *(("0", "1", "2", "3", "4", "5", "6"), ("٠", "١"), ("0x1", "0x0"), ("0.5", "0.7"), ()),
    ],
    ids=".".join,
)
def test_what_is_not_certain_is_nothing(labels):
    assert kind(*labels) is None


def test_a_few_rows_with_another_label_are_bad_ones_and_missing_values_are_left_out():
    found = kind_of_labels({"1": 60, "0": 38, "9": 2, "": 5, "NaN": 7})
    assert found.meanings == {"1": 1, "0": 0, "NaN": None}
    assert found.others == ("9",)
    assert kind_of_labels({"1": 60, "0": 30, "9": 10}) is None


@given(st.text(max_size=6))
def test_a_text_is_a_number_only_where_it_is_written_as_one(text):
    if NUMBER.fullmatch(text):
        assert text.isascii() and (text == "0" or text[0] != "0" or text[1] == ".")
    found = kind(text, f"{text}x", "x")
    assert found is None or text.strip().lower() in BINARY_WORDS
