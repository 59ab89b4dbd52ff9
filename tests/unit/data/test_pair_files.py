"""Files of pairs: columns found by their names, no header judged, no row lost, and what is not clear is refused."""

import json

import polars as pl
import pytest

from yiju.base.errors import YijuError
from yiju.data.column_choice import ON_PAGE
from yiju.data.corpora.headers import find_label
from yiju.data.pair_files import read_pairs
from yiju.data.table_description import Wanted

PAIR = ("怎么还款", "如何还款")


def read(path, content, **options):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return pl.concat(read_pairs(path, Wanted(**options))).select("line", "q", "t", "reason").rows()


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
    assert names == ("q", "t") or f"columns q={names[0]}, t={names[1]} found by their names" in caplog.text
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
        ("a.tsv", "怎么\t如何\n".encode("utf-32"), "looks like UTF-32: convert it (iconv -f UTF-32 -t UTF-8)"),
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
    assert reasons[1:4] == [f"field 'q' is {kind}, expected text" for kind in ("a number", "null", "NaN")]
    assert reasons[4] == "empty sentence"
    table = pl.DataFrame({"q": ["a", None, "", "10086"], "t": ["b", None, "c", "d"]})
    table.write_parquet(tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet", (tmp_path / "a.parquet").read_bytes())
    # A row of nulls is no empty line.
    assert [row[3] for row in found] == [None, "empty sentence", "empty sentence", None]
    pl.DataFrame({"q": [1], "t": ["a"]}).write_parquet(tmp_path / "a.parquet")
    assert "expected text" in refusal(tmp_path / "a.parquet", (tmp_path / "a.parquet").read_bytes())


@pytest.mark.parametrize(
    "names",
    [
        *(
            ("sentence_1 (q)", "sentence_2 (t)"),
            ("文本1(原始)", "文本2"),
            ("#q", "t"),
            ("# q", "t"),
            ("*句子1", "*句子2"),
        ),
        *(("第一句（q）", "第二句（t）"), ("【句子1】", "【句子2】"), ("q [问句]", "t [候选]"), ("<query>", "<title>")),
    ],
    ids=".".join,
)
@pytest.mark.parametrize("kind", ["tsv", "csv"])
def test_marks_and_brackets_around_names_make_no_pair_of_them(tmp_path, names, kind):
    separator = {"tsv": "\t", "csv": ","}[kind]
    text = "".join(separator.join(row) + "\n" for row in (names, PAIR))
    assert read(tmp_path / f"a.{kind}", text) == [(2, *PAIR, None)]


@pytest.mark.parametrize("names", ["甲方\t乙方\t标签(label)", "甲方\t#id", "Column1\tColumn2", "列1\t列2"])
def test_names_that_do_not_tell_the_sentences_are_refused(tmp_path, names):
    row = "\t".join([*PAIR, "1"][: names.count("\t") + 1])
    assert "names the columns, or seems to" in refusal(tmp_path / "a.tsv", f"{names}\n{row}\n")


def test_sentences_in_brackets_are_sentences(tmp_path):
    for first in (
        "标题(怎么写)\t标题",
        "问题？\t标题！",
        "[PAD]\t是什么",
        "用户(text)\ttext",
        "什么是编号(id)\t编号怎么查",
    ):
        assert read(tmp_path / "a.tsv", f"{first}\n天气\t雨\n")[0] == (1, *first.split("\t"), None)


MISSING_VALUES = ["NaN", "nan", "None", "null", "NULL", "<NA>", "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "\\N", "NA"]


@pytest.mark.parametrize("word", MISSING_VALUES)
def test_what_programs_write_for_a_missing_value_is_no_sentence(tmp_path, word):
    reason = f"{word} instead of a sentence, as programs write a missing value"
    rows = [(word, PAIR[0]), (PAIR[0], word), (word, word), (f"{word} 是什么", f"什么是 {word}")]
    found = read(tmp_path / "a.tsv", "".join(f"{q}\t {t}\n" for q, t in rows))
    assert [row[3] for row in found] == [reason, reason, reason, None]
    found = read(tmp_path / "a.jsonl", "".join(json.dumps({"q": q, "t": t}) + "\n" for q, t in rows))
    assert [row[3] for row in found] == [reason, reason, reason, None]


@pytest.mark.parametrize(
    "rows",
    [
        ["1\t怎么还\t如何还", "2\t怎么\t如何"],
        ["1\t怎么还\t如何还"],
        ["q-17\t怎么还\t如何还\t1", "q-18\t怎么\t如何\t0"],
        ["怎么还\t17\t如何还", "怎么\t18\t如何"],
        ["0\t1\t怎么还\t如何还", "1\t0\t怎么\t如何"],
        ["1\t怎么还", "2\t怎么"],
    ],
)
def test_a_column_of_numbers_is_not_taken_for_sentences(tmp_path, rows):
    text = "".join(f"{row}\n" for row in rows)
    said = refusal(tmp_path / "a.tsv", text)
    assert "line 1: column " in said and "holds numbers" in said and "give both with --q and --t" in said
    width = rows[0].count("\t") + 1
    assert len(read(tmp_path / "a.tsv", text, columns=(width - 1, width))) == len(rows)


def test_numbers_that_are_sentences_are_judged(tmp_path):
    for text in ("10086\t10010\n10000\t10001\n", "10086\t客服电话\n", "怎么\t如何\t1\n", "10086\t客服\n怎么\t如何\n"):
        assert read(tmp_path / "a.tsv", text)[0][3] is None


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (
            "a.tsv",
            "怎么还 如何还\n",
            "line 1: one field (怎么还 如何还), and a pair has two sentences with a TAB between",
        ),
        ("a.tsv", "\n说明\n怎么\t如何\n", "line 2: one field (说明)"),
        ("a.tsv", "怎么,如何\n", "the line holds no TAB, but a comma; give --format csv"),
        ("a.csv", "q\tt\n怎么\t如何\n", "the line holds no comma, but a TAB; give --format tsv"),
        ("a.csv", "q|t\n怎么|如何\n", "the line holds no comma, but a vertical bar; save it with a comma in its place"),
        ("a.tsv", "sep=;\nq;t\n怎么;如何\n", "line 1: this line (sep=;) names the separator for Excel and is no row"),
    ],
)
def test_what_has_no_two_columns_is_refused_with_line_and_remedy(tmp_path, name, text, says):
    assert says in refusal(tmp_path / name, text)


def test_the_page_is_told_nothing_of_the_command_line(tmp_path):
    texts = {
        "a.tsv": ["1\t怎么\t如何\n", "怎么,如何\n", "label\t甲\t乙\n1\t怎么\t如何\n", "s1\ts2\tq1\tq2\na\tb\tc\td\n"],
        "a.csv": ["甲,乙\n怎么,如何\n", "q\tt\n怎么\t如何\n"],
        "a.jsonl": ['{"a": "x", "b": "y"}'],
    }
    for name, some in texts.items():
        for text in some:
            assert "--" not in refusal(tmp_path / name, text, remedies=ON_PAGE)


def test_a_quotation_mark_that_swallows_the_second_row_is_a_problem_of_its_row(tmp_path):
    text = '"怎么还\t如何还\n怎么\t如何"\n天气\t雨\n'
    found = read(tmp_path / "a.tsv", text)
    assert "each of these lines is a row by itself" in found[0][3]
    assert found[1:] == [(2, "怎么", '如何"', None), (3, "天气", "雨", None)]


@pytest.mark.parametrize(
    "row", ['{"q": "怎么", "q": "如何", "t": "好"}', '{"q": "怎么", "t": "好", "x": {"a": 1, "a": 2}}']
)
@pytest.mark.parametrize("whole", ["{}\n", "[{}, {}]", "[{},\n{}]"])
def test_a_key_that_stands_twice_makes_a_bad_row(tmp_path, row, whole):
    good = '{"q": "怎么", "t": "如何"}'
    text = whole.replace("{}", row, 1).replace("{}", good) if whole.count("{}") > 1 else f"{row}\n{good}\n"
    first, second = read(tmp_path / "a.jsonl", text)
    assert first[3].endswith("is in one object twice, and only the last would count; write it once")
    assert second == (2, "怎么", "如何", None)


def test_rows_of_an_array_on_one_line_have_numbers_of_their_own(tmp_path):
    one = '{"q": "怎么", "t": "如何"}'
    for text, lines in (
        (f"[{one}, {one}, {one}]", [1, 2, 3]),
        (f"[\n{one},\n{one}\n]", [2, 3]),
        (f"[\n{one}, {one},\n\n\n{one}]", [2, 3, 6]),
    ):
        assert [row[0] for row in read(tmp_path / "a.json", text)] == lines


TRADITIONAL, SIMPLIFIED = (
    "怎麼還款\t如何還款呢\n天氣好嗎\t今天會下雨嗎\n",
    "怎么还款\t如何还款呢？\n天气好吗\t今天会下雨吗\n",
)


@pytest.mark.parametrize(
    ("encoding", "text", "remedy"),
    [
        *((encoding, TRADITIONAL, "give --encoding big5") for encoding in ("big5", "cp950")),
        ("utf-32", SIMPLIFIED, "convert it (iconv -f UTF-32 -t UTF-8)"),
        *((f"utf-32-{end}", SIMPLIFIED, f"convert it (iconv -f UTF-32{end.upper()} -t UTF-8)") for end in ("le", "be")),
        *((f"utf-16-{end}", SIMPLIFIED, f"give --encoding utf-16-{end}") for end in ("le", "be")),
        ("utf-32-le", "a\tb\n", "convert it (iconv -f UTF-32LE -t UTF-8)"),
        ("utf-16-le", "abc\tdef\n", "give --encoding utf-16-le"),
    ],
)
def test_an_encoding_that_is_not_certain_is_named_and_asked_for(tmp_path, encoding, text, remedy):
    assert remedy in refusal(tmp_path / "a.tsv", text.encode(encoding))
    said = remedy.removeprefix("give --encoding ")
    if said != remedy:
        assert read(tmp_path / "a.tsv", text.encode(encoding), encoding=said)[0][1] == text.split("\t")[0]
        assert "iconv" in refusal(tmp_path / "a.tsv", text.encode(encoding), remedies=ON_PAGE)


@pytest.mark.parametrize(
    ("names", "label"),
    [
        (("q", "t", "label"), 2),
        (("label", "q", "t", "gold"), 3),
        (("标签", "q", "t"), 0),
        (("Gold Label", "q", "t"), 0),
        (("q", "t", "score"), None),
    ],
)
def test_the_column_of_labels_is_found_by_its_name(names, label):
    assert find_label(names) == label


@pytest.mark.parametrize("written", [("1", "0"), ("similar", "not similar"), ("1.0", "0.0"), ("true", "false")])
def test_labels_are_read_in_the_ways_that_tables_write_them(tmp_path, written):
    one, other = (f"怎么还款\t如何还款\t{label}\n" for label in written)
    (tmp_path / "a.tsv").write_text(f"q\tt\tlabel\n{one}{other}{one[:-2]}9\n怎么\t如何\t\n", encoding="utf-8")
    table = pl.concat(read_pairs(tmp_path / "a.tsv", labelled=True))
    assert table["label"].to_list()[:2] == [1, 0]
    assert [reason is None for reason in table["reason"]] == [True, True, False, False]
    assert table["reason"][3] == "unknown label ''; allowed: 1 (similar), 0 (not similar)"


def test_a_text_without_names_has_its_labels_in_the_third_column(tmp_path):
    (tmp_path / "a.tsv").write_text("怎么\t如何\t1\t7\n", encoding="utf-8")
    assert pl.concat(read_pairs(tmp_path / "a.tsv", labelled=True))["label"].to_list() == [1]
    assert pl.concat(read_pairs(tmp_path / "a.tsv", Wanted(label=4), labelled=True))["reason"][0].startswith(
        "unknown label '7'"
    )
    (tmp_path / "b.tsv").write_text("怎么\t如何\n", encoding="utf-8")
    with pytest.raises(YijuError, match="no column 3 for label"):
        pl.concat(read_pairs(tmp_path / "b.tsv", labelled=True))
