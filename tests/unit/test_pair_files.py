"""Files of pairs: columns found by their names, no header judged, no row lost, and what is not clear is refused."""

import json

import polars as pl
import pytest

from yiju.errors import YijuError
from yiju.pair_files import read_pairs

PAIR = ("怎么还款", "如何还款")


def read(path, content, **options):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return pl.concat(read_pairs(path, **options)).select("line", "q", "t", "reason").rows()


def refusal(path, content, **options):
    with pytest.raises(YijuError) as caught:
        read(path, content, **options)
    assert str(path) in str(caught.value)
    return str(caught.value)


NAMES = [
    *(("q", "t"), ("query", "title"), ("Query1", "Query2"), ("sentence1", "sentence2"), ("Sentence 1", "Sentence 2")),
    *(("text_a", "text_b"), ("TEXT-A", "TEXT-B"), ("question1", "question2"), ("question", "candidate"), ("s1", "s2")),
    *(("句子1", "句子2"), ("句子１", "句子２"), ("文本A", "文本B"), ("问题一", "问题二"), ("premise", "hypothesis")),
    *(("source", "target"), ("标准问题", "相似问题")),
]


@pytest.mark.parametrize("names", NAMES, ids=".".join)
@pytest.mark.parametrize("kind", ["tsv", "csv"])
def test_a_header_gives_the_columns_and_is_no_pair(tmp_path, names, kind, caplog):
    caplog.set_level("INFO", logger="yiju")
    separator = {"tsv": "\t", "csv": ","}[kind]
    rows = [("id", "label", names[1], names[0]), ("7", "1", PAIR[1], PAIR[0])]
    text = "".join(separator.join(row) + "\n" for row in rows)
    assert read(tmp_path / f"pairs.{kind}", text) == [(2, *PAIR, None)]
    assert names == ("q", "t") or f"columns q={names[0]}, t={names[1]} found by the header" in caplog.text
    # The same where pandas has written its index, and Excel a byte-order mark.
    text = "\ufeff" + "".join(separator.join(("" if row == rows[0] else "0", *row)) + "\r" for row in rows)
    assert read(tmp_path / f"pairs.{kind}", text) == [(2, *PAIR, None)]
    # Columns by number: the header is still none.
    assert read(tmp_path / f"pairs.{kind}", text, columns=(5, 4)) == [(2, *PAIR, None)]


@pytest.mark.parametrize("names", NAMES, ids=".".join)
def test_objects_have_names_too(tmp_path, names):
    row = {"label": 1, names[1]: PAIR[1], names[0]: PAIR[0]}
    assert read(tmp_path / "pairs.jsonl", json.dumps(row, ensure_ascii=False)) == [(1, *PAIR, None)]


def test_a_table_has_names_too(tmp_path):
    pl.DataFrame({"文本B": PAIR[1:], "id": [1], "文本A": PAIR[:1]}).write_parquet(tmp_path / "pairs.parquet")
    assert read(tmp_path / "pairs.parquet", (tmp_path / "pairs.parquet").read_bytes()) == [(1, *PAIR, None)]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (
            "a.tsv",
            "label\t甲方\t乙方\n1\t怎么\t如何\n",
            "line 1: this line (label, 甲方, 乙方) names the columns, or",
        ),
        ("a.tsv", "user_text\tagent_text\n怎么\t如何\n", "does not say which hold the two sentences"),
        ("a.tsv", "0\t1\t2\n怎么\t如何\t1\n", "or give --no-header if it is a pair"),
        ("a.tsv", ",0,1\n".replace(",", "\t") + "0\t怎么\t如何\n", "give both with --q and --t"),
        ("a.tsv", "s1\ts2\tq1\tq2\na\tb\tc\td\n", "several columns may hold the two sentences (q1 and q2, s1 and s2)"),
        ("a.tsv", "q\tq\tt\na\tb\tc\n", "several columns may hold the two sentences (q and t, q and t)"),
        ("a.csv", "a,b\n1,2\n", "name the columns q and t in the first line"),
        ("a.jsonl", '{"a": "x", "b": "y"}', "no column q or t, and no other two names"),
        ("a.log", "a\tb\n", "give --format"),
        (
            "a.tsv",
            "怎么\t如何\n".encode("gb18030"),
            "or convert it (iconv -f GB18030 -t UTF-8)",
        ),
        ("a.tsv", "怎么\t如何\n".encode("utf-16"), "convert it (iconv -f UTF-16 -t UTF-8)"),
    ],
)
def test_what_is_not_clear_is_refused(tmp_path, name, text, says):
    assert says in refusal(tmp_path / name, text)


@pytest.mark.parametrize("columns", [("q", "x"), ("x", 1), (1, 9), (2, 2)])
@pytest.mark.parametrize("name", ["a.tsv", "a.csv"])
def test_columns_that_are_not_there_are_named_beside_those_that_are(tmp_path, name, columns):
    separator = "\t" if name == "a.tsv" else ","
    assert any(
        said in refusal(tmp_path / name, f"q{separator}t\n怎么{separator}如何\n", columns=columns)
        for said in ("the file has q, t", "must be columns of their own")
    )


def test_a_first_pair_is_a_pair(tmp_path):
    for first in ("标题\t怎么写标题", "VIP\tvip 是什么", "text\t文本", "10086\t10010", "怎么\t如何"):
        assert read(tmp_path / "a.tsv", f"{first}\n天气\t雨\n")[0] == (1, *first.split("\t"), None)
    # Said to be one.
    assert read(tmp_path / "a.tsv", "q\tt\n天气\t雨\n", header=False)[0] == (1, "q", "t", None)
    assert read(tmp_path / "a.csv", "甲,乙\n天气,雨\n", header=False)[0] == (1, "甲", "乙", None)
    assert read(tmp_path / "a.tsv", "甲\t乙\n天气\t雨\n", columns=(1, 2), header=True) == [(2, "天气", "雨", None)]


def test_rows_that_are_no_pairs_are_counted(tmp_path):
    text = "a\tb\n\n\t\n \t\u3000\na\t\u200b\nc\nd\te\tf\n10086\t10010\n"
    found = read(tmp_path / "a.tsv", text)
    assert [row[3] for row in found] == [
        None,
        "empty line",
        *["empty sentence"] * 3,
        "expected 2 TAB-separated fields, got 1",
        "expected 2 TAB-separated fields, got 3",
        None,
    ]
    assert found[-1] == (8, "10086", "10010", None)


def test_values_that_are_no_texts(tmp_path):
    text = "".join(f'{{"q": {value}, "t": "a"}}\n' for value in ('"10086"', "10086", "null", "NaN", '""'))
    reasons = [row[3] for row in read(tmp_path / "a.jsonl", text)]
    assert reasons[0] is None
    assert reasons[1:4] == [f"field 'q' is {kind}, expected text" for kind in ("int", "NoneType", "float")]
    assert reasons[4] == "empty sentence"
    table = pl.DataFrame({"q": ["a", None, "", "10086"], "t": ["b", None, "c", "d"]})
    table.write_parquet(tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet", (tmp_path / "a.parquet").read_bytes())
    # A row of nulls is no empty line.
    assert [row[3] for row in found] == [None, "empty sentence", "empty sentence", None]
    pl.DataFrame({"q": [1], "t": ["a"]}).write_parquet(tmp_path / "a.parquet")
    assert "expected text" in refusal(tmp_path / "a.parquet", (tmp_path / "a.parquet").read_bytes())
