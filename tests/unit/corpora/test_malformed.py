"""Whatever a file holds, a reader refuses it with a YijuError or accounts for all of it, and keeps no broken pair.

Accounted for: the rows' texts, put together, are the file's text, but for white space, the commas and brackets of a
JSON array, and at most one header. Where a row is a line, the rows' numbers are those of all lines but the header. Of
DIAC2019's XML: there are as many rows as its groups make pairs, and one for each question that is empty or in no pair.
"""

import bz2
import gzip
import json
import lzma
import re
import zipfile
from math import comb
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from native_rows import CASES, DIAC

from yiju.corpora import READERS, complete_options, files, jsonl, lines, load_reader
from yiju.corpora import rows as table_rows
from yiju.corpora.files import RawFile
from yiju.corpora.rows import READ, ReadOptions
from yiju.errors import YijuError

NLI = {"entailment": 1, "neutral": 0, "contradiction": 0}
SCORES = {"positive": 4.0, "negative": 2.0}
# Readers whose rows are lines, in every form of theirs but for options.
LINES = {"lcqmc", "ths2021", "xf2021", "pku", "pawsx", "gaiic2021", "ccks2018", "sts_b"}


def rows_of(path, reader, split, own, member=None):
    """The rows of a file, or the YijuError that it is refused with."""
    options = ReadOptions(split == "test", NLI, SCORES, complete_options(reader, own))
    try:
        tables = list(load_reader(reader)(RawFile(path, member), options))
    except YijuError as error:
        # A message can be printed anywhere, and names the file.
        assert str(error).encode().startswith(str(path).encode())
        return error
    assert all(dict(table.schema) == READ for table in tables)
    return pl.concat([pl.DataFrame(schema=READ), *tables])


def check(path, data, reader, split, own):
    """Read `data`, which lies at `path` in some packing, and hold what comes of it against the rules above."""
    rows = rows_of(path, reader, split, own)
    if isinstance(rows, YijuError):
        return
    kept = rows.filter(pl.col("reason").is_null())
    assert not kept["bad"].any()
    for sentence in (*kept["q"], *kept["t"]):
        assert sentence and not sentence.startswith((" ", "\t")) and not sentence.endswith((" ", "\r"))
    if split == "train" and reader != "sohu2021":
        assert kept["label"].null_count() == 0
    text = data.decode().removeprefix("\ufeff")
    if reader == "diac2019" and text.lstrip("\ufeff \t\r\n").startswith("<"):
        assert rows.height == count_diac(text)
    else:
        check_texts(text, rows, by_line=reader in LINES)


def check_texts(text, rows, by_line):
    all_lines = text.split("\n")
    found, whole = squeeze("".join(rows["text"])), squeeze(text)
    if by_line:
        numbers = range(1, len(all_lines) + (all_lines[-1] != ""))
        assert len(numbers) - rows.height in (0, 1)
        assert rows["line"].to_list() == [number for number in numbers if number in set(rows["line"])]
    if found == whole or whole in (f"[{found}]", f"[{found},]"):
        return
    if whole.startswith("["):
        elements = [squeeze(element) for element in rows["text"]]
        assert re.fullmatch(r"\[,?" + ",?".join(map(re.escape, elements)) + r",?\]", whole)
        return
    # A header is one piece: what comes before it, and what comes after it, are rows.
    missing = len(whole) - len(found)
    start = next(at for at in range(len(found) + 1) if whole[:at] + whole[at + missing :] == found)
    pieces = {squeeze("".join(all_lines[i:j])) for i in range(len(all_lines)) for j in range(i + 1, i + 4)}
    assert missing > 0
    assert any(whole[at : at + missing] in pieces for at in range(max(0, start - missing), start + missing + 1))


def squeeze(text):
    return re.sub(r"[\s\ufeff]+", "", text)


def count_diac(text):
    """Rows that the groups of a well-formed file must make."""
    total = 0
    for group in ElementTree.fromstring(text).iter("Questions"):
        kinds = {"EquivalenceQuestions": [], "NotEquivalenceQuestions": []}
        for kind, texts in kinds.items():
            texts += [(question.text or "").strip() for part in group.iter(kind) for question in part]
        equivalent, other = ([text for text in texts if text] for texts in kinds.values())
        pairs = comb(len(equivalent), 2) + len(equivalent) * len(other)
        empty = sum(map(len, kinds.values())) - len(equivalent) - len(other)
        total += empty + (pairs or len(equivalent) + len(other))
    return total


SEEDS = {reader: [case[2:5] for case in CASES if case[0] == reader] for reader in READERS}
HOSTILE = [
    *("\0", "\ufeff", "\u2028", "\x85", "\x0b", "\x1c", "\r", "\n", "\r\n", "\n\n", "\t", "||", ",", " ", "\u3000"),
    *(
        '"',
        '""',
        "'",
        "\\",
        "{",
        "}",
        "[",
        "]",
        "}{",
        "[[[[",
        ":",
        "<",
        ">",
        "&",
        "&lt;",
        "&x;",
        "]]>",
        "<![CDATA[",
        "<!--",
    ),
    *("<question>", "<question/>", "</question>", "<Questions>", "</EquivalenceQuestions>", "<a b='"),
    *('{"sentence1":', "null", "NaN", "-1", "1e999", "9" * 30, "9" * 5000, "\\ud800", "[" * 2000, "NS", "NS\t", "-"),
    *("label", '"label":', "entailment", "不", "😀", "a" * 3000),
]
ENCODINGS = ["utf-8", "utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-32", "latin-1"]


@st.composite
def malformed(draw, reader):
    """Bytes, split and options: a native file after some accidents, or anything at all."""
    text, split, own = draw(st.sampled_from(SEEDS[reader]))
    split = draw(st.sampled_from([split, "train", "test"]))
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=60) | st.text(max_size=60).map(str.encode)), split, own
    for _ in range(draw(st.integers(0, 4))):
        text = draw(st.sampled_from([insert, cut, remove, repeat, shuffle]))(draw, text)
    data = text.encode(draw(st.sampled_from(ENCODINGS)), errors="replace")
    if data and draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(data) - 1))
        data = data[:at] + draw(st.binary(min_size=1, max_size=1)) + data[at + 1 :]
    return data, split, own


def insert(draw, text):
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(HOSTILE)) + text[at:]


def cut(draw, text):
    return text[: draw(st.integers(0, len(text)))]


def remove(draw, text):
    start = draw(st.integers(0, len(text)))
    return text[:start] + text[start + draw(st.integers(1, 10)) :]


def repeat(draw, text):
    rows = text.split("\n")
    at = draw(st.integers(0, len(rows) - 1))
    return "\n".join(rows[: at + 1] + [rows[at]] * draw(st.integers(1, 3)) + rows[at + 1 :])


def shuffle(draw, text):
    """Line ends of another kind, or none."""
    return text.replace("\n", draw(st.sampled_from(["\r\n", "\r", "\n\r", "", "\n \n", "\u2028"])))


PACKINGS = {"plain": bytes, "gz": lambda data: gzip.compress(data, 1), "xz": lzma.compress, "bz2": bz2.compress}


def try_one(folder, reader, drawn, packing, lost):
    """Check a file whole; compressed and then cut, it must be refused."""
    data, split, own = drawn
    path = folder / "file"
    packed = PACKINGS[packing](data)
    path.write_bytes(packed)
    check(path, data, reader, split, own)
    if packing != "plain":
        path.write_bytes(packed[: -min(lost, len(packed) - 10)])
        assert isinstance(rows_of(path, reader, split, own), YijuError)


def try_many(folder, reader, examples):
    @settings(deadline=None, max_examples=examples)
    @given(malformed(reader), st.sampled_from(sorted(PACKINGS)), st.integers(1, 20))
    def accident(drawn, packing, lost):
        try_one(folder, reader, drawn, packing, lost)

    accident()


@pytest.mark.parametrize("reader", READERS)
def test_accidents_are_refused_or_accounted_for(tmp_path, reader):
    try_many(tmp_path, reader, 40)


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_many_accidents_are_refused_or_accounted_for(tmp_path, reader):
    try_many(tmp_path, reader, 3000)


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
def test_no_pair_of_another_encoding_is_kept(tmp_path, reader, encoding):
    path = tmp_path / "file"
    for text, split, own in SEEDS[reader]:
        chinese = text.replace("a", "怎么").replace("b", "如何").replace("c", "手机").replace("d", "电话")
        path.write_bytes(chinese.encode(encoding))
        if chinese.encode(encoding) == chinese.encode():
            continue
        rows = rows_of(path, reader, split, own)
        assert isinstance(rows, YijuError) or not rows["reason"].is_null().any()


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
    monkeypatch.setattr(files, "EXPANDED", 1 << 20)
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
    texts[2] = '3,x,e",f,0'
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


def test_whatever_stands_in_a_field_comes_back(tmp_path):
    """Sentences as they are, and never one for another: quotes, separators, escapes, odd characters."""
    path = tmp_path / "file"

    @settings(deadline=None)
    @given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), min_size=2, max_size=2))
    def sentences(pair):
        path.write_text(json.dumps(dict(zip(("sentence1", "sentence2"), pair, strict=True))), encoding="utf-8")
        row = rows_of(path, "afqmc", "test", {}).row(0, named=True)
        expected = [pl.Series([text.replace("\ufeff", "")]).str.strip_chars()[0] for text in pair]
        assert [row["q"], row["t"]] == expected
        assert (row["reason"] is None) == all(expected)

    sentences()
