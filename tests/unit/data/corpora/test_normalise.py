"""Normalised corpora: every row kept or rejected with its reason; nothing written for what cannot be read."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.config.readers import READERS, complete_options, module_name
from yiju.data.corpora.normalise import normalise_corpus

SETTINGS = {
    "options": {},
    "nli_labels": {"entailment": 1, "neutral": 0, "contradiction": 0},
    "sts_scores": {"positive": 4.0, "negative": 2.0},
    "max_rejected": 0.01,
}


def normalise(folder, reader, files, **changes):
    """Write {name: (split, bytes)} and normalise them; returns the two tables."""
    described = []
    for name, (split, data) in files.items():
        (folder / name).write_bytes(data)
        described.append({"split": split, "path": str(folder / name)})
    out, rejected = folder / "out" / "kept.parquet", folder / "out" / "rejected.parquet"
    normalise_corpus("C", described, {**SETTINGS, "reader": reader, **changes}, out, rejected)
    return tables.read(out, tables.PAIRS), tables.read(rejected, tables.REJECTED)


def failure(folder, reader, data, split="train", **changes):
    """Message of the failing run; checks that it left nothing behind."""
    with pytest.raises(YijuError) as caught:
        normalise(folder, reader, {"file.txt": (split, data)}, **changes)
    assert not (folder / "out").exists() or not list((folder / "out").iterdir())
    return str(caught.value)


def test_rows_keep_their_place(tmp_path):
    files = {"train.tsv": ("train", b"a\tb\t1\n\nc\t\t0\n"), "test.tsv": ("test", b"e\tf\n")}
    kept, rejected = normalise(tmp_path, "lcqmc", files)
    assert kept.rows() == [
        ("C", "train", "train.tsv", 1, "a", "b", 1),
        ("C", "test", "test.tsv", 1, "e", "f", None),
    ]
    assert rejected.rows() == [
        ("C", "train", "train.tsv", 2, "empty line", False, ""),
        ("C", "train", "train.tsv", 3, "empty sentence", False, "c\t\t0"),
    ]


def test_few_bad_rows_are_quarantined(tmp_path):
    lines = ["a\tb\t1"] * 300
    lines[16], lines[40], lines[299] = "only one", "a\tb\tmaybe", "x" * 500
    kept, rejected = normalise(tmp_path, "lcqmc", {"train.tsv": ("train", "\n".join(lines).encode())})
    assert kept.height == 297
    assert rejected["bad"].all()
    assert rejected.select("line", "reason").rows() == [
        (17, "expected 3 TAB-separated fields, got 1"),
        (41, "unknown label 'maybe'; allowed: 0, 1"),
        (300, "expected 3 TAB-separated fields, got 1"),
    ]
    assert rejected["text"][2] == "x" * 200


def test_too_many_bad_rows_fail_the_run_and_name_the_first(tmp_path):
    message = failure(tmp_path, "lcqmc", b"a\tb\t1\nonly one\na\tb\t7\n\xe5\xad\x97\na\tb\t9\n")
    assert message.splitlines() == [
        "C: 4 of 5 rows are malformed, more than corpora.max_rejected (1.00%) allows",
        "  file.txt line 2: expected 3 TAB-separated fields, got 1",
        "  file.txt line 3: unknown label '7'; allowed: 0, 1",
        "  file.txt line 4: expected 3 TAB-separated fields, got 1",
        "correct the file, check the corpus's reader and options, or raise corpora.max_rejected",
    ]


def test_one_bad_file_does_not_hide_behind_a_large_one(tmp_path):
    files = {"train.tsv": ("train", b"a\tb\t1\n" * 5000), "dev.tsv": ("dev", b"a\tb\n" * 10)}
    with pytest.raises(YijuError, match="10 of 10 rows"):
        normalise(tmp_path, "lcqmc", files)


@pytest.mark.parametrize("data", [b"", b"\n \n\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("reader", READERS)
def test_empty_files_fail(tmp_path, reader, data):
    assert "holds no rows" in failure(tmp_path, reader, data)


@pytest.mark.parametrize("reader", READERS)
def test_undecodable_bytes_fail(tmp_path, reader):
    message = failure(tmp_path, reader, b"a\tb\t1\na\tb\t\xff\n")
    assert "line 2: byte 0xff at offset 10 is not UTF-8" in message


def test_labels_may_be_missing_in_test_splits_only(tmp_path):
    row = b'{"sentence1": "a", "sentence2": "b"}\n'
    assert "no field 'label'" in failure(tmp_path, "afqmc", row)
    assert "expected 3 TAB-separated fields, got 2" in failure(tmp_path, "lcqmc", b"a\tb\n", split="dev")
    assert "no label" in failure(tmp_path, "diac2019", b"qid\tquestion1\tquestion2\n0\ta\tb\n", split="dev")
    assert normalise(tmp_path, "afqmc", {"test.json": ("test", row)})[0]["label"].to_list() == [None]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('{"sentence1": "a", "sentence2": "b", "label": "2"}', "unknown label '2'; allowed: 0, 1"),
        ('{"sentence1": "a", "label": "1"}', "no field 'sentence2'"),
        ('{"sentence1": "a", "sentence2": 5, "label": "1"}', "field 'sentence2' is a number, expected text"),
        ('{"sentence1": "a", "sentence2": "\\ud800", "label": "1"}', "field 'sentence2' holds half a surrogate pair"),
        ("[1, 2]", "expected a JSON object, got a list"),
        ('{"sentence1": "a", ', "not a JSON object (Expecting property name enclosed in double quotes)"),
        ("[" * 100_000, "not a JSON object (nested or numbered beyond any use)"),
        ("1" * 5000, "not a JSON object (nested or numbered beyond any use)"),
    ],
)
def test_bad_objects_are_quarantined(tmp_path, row, reason):
    good = '{"sentence1": "a", "sentence2": "b", "label": "1"}'
    data = "\n".join([good, row, good]).encode()
    kept, rejected = normalise(tmp_path, "afqmc", {"dev.json": ("dev", data)}, max_rejected=0.5)
    assert kept["line"].to_list() == [1, 3]
    assert rejected.select("line", "reason", "bad").rows() == [(2, reason, True)]


def test_reading_goes_on_after_a_broken_object_among_others(tmp_path):
    good = [json.dumps({"text1": str(number), "text2": "b", "label": 1}) for number in range(4)]
    data = (good[0] + '{"text1": }' + good[1] + good[2] + "\n" + good[3]).encode()
    kept, rejected = normalise(tmp_path, "chip2019", {"train.json": ("train", data)}, max_rejected=0.5)
    assert kept.select("line", "q").rows() == [(1, "0"), (3, "1"), (4, "2"), (5, "3")]
    assert rejected.select("line", "bad", "text").rows() == [(2, True, '{"text1": }')]


def test_an_open_quote_swallows_no_row_unseen(tmp_path):
    rows = ["id,category,query1,query2,label", '1,x,"a,b,1', "2,x,a,b,1", '3,x,"c",d,0', "4,x,e,f,1", "5,x,g,h"]
    data = "\r\n".join(rows).encode()
    kept, rejected = normalise(tmp_path, "covid19", {"train.csv": ("train", data)}, max_rejected=1.0)
    assert sorted([*kept["line"], *rejected["line"]]) == [2, 3, 4, 5, 6]
    assert kept["line"].to_list() == [5]
    assert rejected["bad"].all()


def test_missing_columns_are_named(tmp_path):
    message = failure(tmp_path, "covid19", b"id,query1,label\n1,a,1\n")
    assert message.endswith("no column 'query2' for t; the file has id, query1, label")
    assert "no column 3 for label; the file has 2 columns" in failure(tmp_path, "generic", b"a\tb\n")


@pytest.mark.parametrize("xml", ["<a></b>", "<a>", "<a/><b/>", '<?xml version="1.0"?>\n<a>\0</a>'])
def test_broken_xml_names_its_line(tmp_path, xml):
    assert "not well-formed XML" in failure(tmp_path, "diac2019", xml.encode())


def test_rows_out_of_an_archive_bear_its_members_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "corpus.zip", "w") as archive:
        archive.writestr("x/train.tsv", "a\tb\t1\n")
        archive.writestr("x/dev.tsv", "c\td\n")
    files = [
        {"path": str(tmp_path / "corpus.zip"), "split": split, "member": f"x/{split}.tsv"} for split in ("train", "dev")
    ]
    out = tmp_path / "kept.parquet", tmp_path / "rejected.parquet"
    normalise_corpus("C", files, {**SETTINGS, "reader": "lcqmc", "max_rejected": 1.0}, *out)
    assert tables.read(out[0], tables.PAIRS)["file"].to_list() == ["x/train.tsv"]
    assert tables.read(out[1], tables.REJECTED)["file"].to_list() == ["x/dev.tsv"]


def test_entities_are_refused(tmp_path):
    bomb = '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]>\n<a>&c;</a>'
    assert "line 2: a document type (<!DOCTYPE) is not read" in failure(tmp_path, "diac2019", bomb.encode())


def test_options_are_checked_without_reading():
    assert complete_options("gaiic2021", {}) == {"anonymised": False}
    assert complete_options("sohu2021", {}) == {"label": "B"}
    for reader, options, message in (
        ("lcqmc", {"header": True}, "reader lcqmc has no option 'header'; allowed: none"),
        ("gaiic2021", {"anonymised": "yes"}, "anonymised is 'yes', expected true or false"),
        ("sohu2021", {"label": "C"}, "label is 'C'; allowed: 'B', 'A'"),
    ):
        with pytest.raises(YijuError, match=message.replace("(", r"\(")):
            complete_options(reader, options)
    with pytest.raises(YijuError, match="no reader 'nope'; there are afqmc, "):
        module_name("nope")


def test_the_registry_is_light():
    """The Snakefile imports it in every job."""
    code = "import sys, yiju.config.readers as c; c.complete_options('generic', {}); sys.exit('polars' in sys.modules)"
    scripts = Path(__file__).parents[4] / "workflow_scripts"
    assert subprocess.run([sys.executable, "-c", code], cwd=scripts, check=False).returncode == 0


WORDS = st.sampled_from(
    ["a", "好", "1", "0", "-", "entailment", "", " ", '"', "{", "}", "[", "<", ">", ":", ",", "\\", "|"]
)
MARKS = st.sampled_from(["\t", "\n", "\r\n", "||", "\ufeff", '{"sentence1": "a"', "<question>", "</", "\0", "\u2028"])


@settings(max_examples=150)
@given(reader=st.sampled_from(READERS), data=st.one_of(st.binary(max_size=80), st.lists(WORDS | MARKS).map("".join)))
def test_whatever_comes_is_read_or_refused(tmp_path_factory, reader, data):
    folder = tmp_path_factory.mktemp("any")
    data = data.encode() if isinstance(data, str) else data
    try:
        kept, rejected = normalise(folder, reader, {"file": ("test", data)}, max_rejected=1.0)
    except YijuError:
        return
    rows = pl.concat([kept.select("line"), rejected.select("line")])["line"]
    # Objects are recognised in files of every name, and those that share a line are counted as if each had its own.
    if re.match(rb"[\s\xef\xbb\xbf]*[\[{]", data):
        return
    if reader not in ("diac2019", "chip2019", "sohu2021", "covid19", "generic", "afqmc", "ocnli", "cmnli", "csnli"):
        text = data.decode().removesuffix("\n")
        expected = set(range(1, text.count("\n") + 2))
        assert set(rows) in (expected, expected - {min(expected)})
