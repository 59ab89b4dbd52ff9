"""Users' text files: what yiju writes it reads back; what others write is read right or refused, never fewer rows."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiju.data.corpora import lines
from yiju.data.corpora.delimited import guarded, read_records, write_records
from yiju.data.corpora.raw_files import RawFile

SEPARATORS = st.sampled_from(["\t", ","])
SPECIAL = list("\t,\"\n\r'=+-@＝ a字😀\u2028\x85\x0b\ufeff\0;|")
CELLS = st.text(st.sampled_from(SPECIAL) | st.characters(codec="utf-8"), max_size=12)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)


def read(path, data, separator="\t", strict=False):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    schema = {"line": pl.Int64, "text": pl.String, "fields": pl.List(pl.String), "problem": pl.String}
    return pl.concat([pl.DataFrame(schema=schema), *read_records(RawFile(path), separator, strict)])


@settings(deadline=None, derandomize=True)
@given(rows=TABLES, separator=SEPARATORS, strict=st.booleans(), mark=st.booleans())
def test_what_is_written_is_read_back(tmp_path_factory, rows, separator, strict, mark):
    path = tmp_path_factory.mktemp("written") / "table"
    names = [f"name{place}" for place in range(len(rows[0]))]
    text = ("\ufeff" if mark else "") + write_records([names, *rows], separator)
    found = read(path, text, separator, strict)
    assert found["problem"].null_count() == found.height
    assert found["fields"].to_list() == [names, *rows]


@settings(deadline=None, derandomize=True)
@given(text=st.text(st.sampled_from(list("\t,\"\n\r'=ab")), max_size=40), separator=SEPARATORS, strict=st.booleans())
def test_nothing_is_lost(tmp_path_factory, text, separator, strict):
    found = read(tmp_path_factory.mktemp("any") / "table", text, separator, strict)
    bare = str.maketrans("", "", "\r\n")
    assert "".join(found["text"]).translate(bare) == text.translate(bare)
    assert (found["problem"].is_null() == found["fields"].is_not_null()).all()


ROWS = [["怎么", "如何"], ["手机", "电话"], ["天气", "雨"]]


@pytest.mark.parametrize("ends", ["\r \r \r", "\r\n \r\n \r\n", "\n \n \n", "\r \r\n \n", "\r\n \r ", "\n \r "])
@pytest.mark.parametrize("separator", ["\t", ","])
def test_any_line_end_ends_a_line(tmp_path, ends, separator):
    text = "".join(separator.join(row) + end for row, end in zip(ROWS, ends.split(" "), strict=True))
    found = read(tmp_path / "table", text, separator)
    assert found["fields"].to_list() == ROWS
    assert found["line"].to_list() == [1, 2, 3]


@pytest.mark.parametrize("block", range(1, 9))
def test_line_ends_are_whole_whatever_the_block(tmp_path, block, monkeypatch):
    monkeypatch.setattr("yiju.data.corpora.delimited.read_any_lines", lambda file: lines.read_any_lines(file, block))
    found = read(tmp_path / "table", 'a\tb\r\n"c\r\nd"\te\r\rf\tg\r\n')
    assert found["fields"].to_list() == [["a", "b"], ["c\r\nd", "e"], [""], ["f", "g"]]
    assert found["line"].to_list() == [1, 2, 4, 5]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('他说"好"吗\t他说好吗\n', [['他说"好"吗', "他说好吗"]]),
        ('"他说""好""吗"\t他说好吗\n', [['他说"好"吗', "他说好吗"]]),
        ('"a\tb"\t"c\nd"\n', [["a\tb", "c\nd"]]),
        # A sentence may begin with a quotation mark.
        ('"好"的\t"好\n', [['"好"的', '"好']]),
        ('"好\t吗\n好\t"吗\n', [['"好', "吗"], ["好", '"吗']]),
        ('"\t""\n', [['"', ""]]),
    ],
)
def test_quotation_marks_of_tab_text(tmp_path, text, fields):
    found = read(tmp_path / "table", text)
    assert found["fields"].to_list() == fields


def test_a_field_that_may_be_several_rows_is_refused_and_the_rows_after_it_stand(tmp_path):
    found = read(tmp_path / "table", 'x\ty\na\t"b\nc\td"\n')
    assert found["line"].to_list() == [1, 2, 3]
    assert "closes 1 line further on, but each of these lines is a row by itself" in found["problem"][1]
    assert found["fields"].to_list() == [["x", "y"], None, ["c", 'd"']]


@pytest.mark.parametrize("text", ['a,"b\nc,d\n', 'a,"b"c\nc,d\n'])
def test_an_open_quotation_mark_in_csv_costs_one_line(tmp_path, text):
    found = read(tmp_path / "table", text, ",", strict=True)
    assert found["problem"].to_list() == ["not valid CSV (a quote is not closed)", None]
    assert found["fields"].to_list()[1] == ["c", "d"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'=", "''@"])
def test_a_formula_is_guarded_once(start):
    assert guarded(f"{start}1") == f"'{start}1"


@pytest.mark.parametrize("text", ["", "'", "'a", "a=1", " =1", "1-2", "好"])
def test_other_texts_are_not(text):
    assert guarded(text) == text
