"""Files made to hurt, and files of one odd kind: refused, or read in one pass, and nothing lost."""

import gzip
import json
import lzma
import unicodedata
import zipfile

import polars as pl
import pytest
from accounts import SEEDS, rows_of, squeeze
from hypothesis import given
from hypothesis import strategies as st
from native_rows import DIAC

from yiju.base.errors import YijuError
from yiju.config.readers import READERS
from yiju.data.corpora import jsonl, lines, raw_files
from yiju.data.corpora import rows as table_rows

# What takes for ever where a reader looks at what is left again and again. One reader of each form.
UNITS = [
    "{",
    "}{",
    '{"',
    "[",
    '"',
    '"\n',
    ',"',
    "\t",
    "||",
    "<a>",
    "&",
    "\\u",
    "]",
    " ",
    "\r",
    '{"a":',
    '{"a":1}{',
    "{},",
    "x",
]
STARTS = {"chip2019": "", "sohu2021": "", "ocnli": "[{", "diac2019": "<A>", "lcqmc": "", "sts_b": "", "covid19": '"'}


@pytest.mark.parametrize("reader", STARTS)
@pytest.mark.parametrize("unit", UNITS)
def test_one_thing_over_and_over_is_read_in_one_pass(tmp_path, reader, unit):
    path = tmp_path / "file"
    data = (STARTS[reader] + unit * (100_000 // len(unit))).encode()
    path.write_bytes(data)
    check_size(rows_of(path, reader, "test", {}), data)


def check_size(rows, data):
    """A cheaper account of a large file: no character that is no white space is lost or doubled."""
    if not isinstance(rows, YijuError):
        texts = "".join(rows["text"])
        assert len(squeeze(texts)) in (len(squeeze(data.decode())), 0)


@pytest.mark.parametrize("reader", READERS)
def test_giant_lines_are_refused(tmp_path, reader, monkeypatch):
    monkeypatch.setattr(lines, "LONGEST_LINE", 1 << 16)
    path = tmp_path / "file"
    for start in ("", "a\tb\t1\n", '{"sentence1": "', "<TrainCorpus>\n<Questions>"):
        path.write_bytes(gzip.compress(start.encode() + b"a" * (lines.BLOCK + 1)))
        assert isinstance(rows_of(path, reader, "train", {}), YijuError)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", ["", "\n\n", " \n\t\n", "\r\n\r\n", "\ufeff", "\ufeff\n", "\u3000\n\u2028\n"])
def test_blank_files_make_no_rows_but_blank_ones(tmp_path, reader, text):
    path = tmp_path / "file"
    path.write_bytes(text.encode())
    rows = rows_of(path, reader, "train", {})
    assert set(rows["reason"]) <= {"empty line"}
    assert not rows["bad"].any()
    assert rows.height == text.removeprefix("\ufeff").count("\n")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-le", "utf-32"])
def test_a_pair_of_another_encoding_is_read_right_or_not_kept(tmp_path, reader, encoding):
    path = tmp_path / "file"
    for text, split, own in SEEDS[reader]:
        chinese = text.replace("a", "怎么").replace("b", "如何").replace("c", "手机").replace("d", "电话")
        path.write_bytes(chinese.encode(encoding))
        if chinese.encode(encoding) == chinese.encode():
            continue
        rows = rows_of(path, reader, split, own)
        if isinstance(rows, YijuError) or not rows["reason"].is_null().any():
            continue
        assert reader == "generic" and encoding in ("gb18030", "utf-16")
        path.write_bytes(chinese.encode())
        assert rows.equals(rows_of(path, reader, split, own))


ENTITIES = {
    "laughs": '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "%s">]>' % ("&b;" * 1000),
    "external": '<!DOCTYPE a [<!ENTITY c SYSTEM "file://%s">]>',
    "parameter": '<!DOCTYPE a [<!ENTITY %% p SYSTEM "file://%s"> %%p;]>',
    "external type": '<!DOCTYPE a SYSTEM "file://%s">',
    "none": "",
}


@pytest.mark.parametrize("kind", ENTITIES)
def test_entities_are_never_followed(tmp_path, kind):
    secret = tmp_path / "secret"
    secret.write_text("<!ENTITY c 'told'>")
    declared = ENTITIES[kind] % secret if "%s" in ENTITIES[kind] else ENTITIES[kind]
    path = tmp_path / "file"
    path.write_text(DIAC.replace("?>", "?>" + declared, 1).replace("<question>a", "<question>&c;a"))
    error = rows_of(path, "diac2019", "train", {})
    assert ("undefined entity" if kind == "none" else "a document type (<!DOCTYPE) is not read") in str(error)


@pytest.mark.parametrize("reader", READERS)
def test_bombs_are_given_up(tmp_path, reader, monkeypatch):
    monkeypatch.setattr(raw_files, "EXPANDED", 1 << 20)
    path = tmp_path / "file"
    text, split, own = SEEDS[reader][0]
    rows = (text.rstrip("\n") + "\n").encode()
    bomb = rows + b"\n" * (3 << 20)
    path.write_bytes(gzip.compress(bomb))
    assert "decompression bomb" in str(rows_of(path, reader, split, own))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("in/bomb", gzip.compress(bomb))
    assert "decompression bomb" in str(rows_of(path, reader, split, own, "in/bomb"))


@pytest.mark.parametrize("reader", READERS)
def test_members_of_archives_are_read_like_files(tmp_path, reader):
    for number, (text, split, own) in enumerate(SEEDS[reader]):
        plain, path = tmp_path / f"{number}.txt", tmp_path / f"{number}.zip"
        plain.write_bytes(text.encode())
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("../../in.xz", lzma.compress(text.encode()))
        assert rows_of(path, reader, split, own, "../../in.xz").equals(rows_of(plain, reader, split, own))


DEEP = [
    '{"sentence1": "a", "sentence2": "b", "label": %s}' % ("[" * depth + "]" * depth) for depth in (10, 900, 990, 5000)
] + ['{"a":' * 5000 + "1" + "}" * 5000, "[" * 5000, '{"sentence1": "a", "sentence2": "b", "label": %s}' % ("9" * 5000)]


@pytest.mark.parametrize("text", DEEP, ids=len)
def test_deep_and_huge_json_is_set_aside(tmp_path, text):
    path = tmp_path / "file"
    good = '{"sentence1": "a", "sentence2": "b", "label": "0"}\n'
    path.write_text(good + text + "\n" + good)
    rows = rows_of(path, "afqmc", "train", {})
    assert rows["bad"].to_list() == [False, True, False]
    assert rows["line"].to_list() == [1, 2, 3]


def test_an_open_quote_swallows_no_line_unseen(tmp_path):
    path = tmp_path / "file"
    texts = ['1,x,"a,b,1', "2,x,c,d,1", '3,x,"e",f,0', "4,x,g,h,1"]
    path.write_text("\r\n".join(["id,category,query1,query2,label", *texts]))
    rows = rows_of(path, "covid19", "train", {})
    assert rows.select("line", "text", "bad").rows() == [(2 + n, text, n < 3) for n, text in enumerate(texts)]
    # Nor one that is closed in the end, on another line and in a row of another width.
    texts[2] = '3",x,e,f,0'
    path.write_text("\r\n".join(["id,category,query1,query2,label", *texts]))
    rows = rows_of(path, "covid19", "train", {})
    assert rows.select("line", "text", "bad").rows() == [(2 + n, text, n < 3) for n, text in enumerate(texts)]


def test_a_line_of_broken_objects_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(jsonl, "MOST_BROKEN", 5)
    path = tmp_path / "file"
    path.write_text('{"a":}' * 5 + '\n{"a": 1}' + '{"a":}' * 5)
    assert rows_of(path, "sohu2021", "train", {}).height == 11
    path.write_text('{"a": 1}\n' + '{"a":}' * 6)
    assert "more than 5 broken objects on one line" in str(rows_of(path, "sohu2021", "train", {}))


@pytest.mark.parametrize("limit", ["ROWS", "CHARACTERS"])
def test_batches_lose_nothing(tmp_path, monkeypatch, limit):
    path = tmp_path / "file"
    for reader in ("chip2019", "covid19", "diac2019", "sohu2021"):
        for text, split, own in SEEDS[reader]:
            path.write_bytes(text.encode())
            whole = rows_of(path, reader, split, own)
            with monkeypatch.context() as patch:
                patch.setattr(table_rows, limit, 1)
                assert rows_of(path, reader, split, own).equals(whole)


def says_something(text):
    """Whether a sentence holds a character that can be seen."""
    invisible = {"\u115f", "\u1160", *map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0))}
    return any(unicodedata.category(one) not in ("Cc", "Cf") and not one.isspace() for one in set(text) - invisible)


def test_whatever_stands_in_a_field_comes_back(tmp_path):
    """Sentences as they are, and never one for another: quotes, separators, escapes, odd characters."""
    path = tmp_path / "file"

    @given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), min_size=2, max_size=2))
    def sentences(pair):
        path.write_text(json.dumps(dict(zip(("sentence1", "sentence2"), pair, strict=True))), encoding="utf-8")
        row = rows_of(path, "afqmc", "test", {}).row(0, named=True)
        expected = [pl.Series([text.replace("\ufeff", "")]).str.strip_chars()[0] for text in pair]
        assert [row["q"], row["t"]] == expected
        assert (row["reason"] is None) == all(map(says_something, expected))

    sentences()
