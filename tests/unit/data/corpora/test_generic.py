"""A corpus by configuration alone: every format, every option, and what is wrong said before it is overlooked."""

import json
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest
import yaml

from yiju.base.errors import YijuError
from yiju.config.readers import complete_options, load_reader
from yiju.config.source_keys import Corpus
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import READ, ReadOptions

ROOT = Path(__file__).parents[4]


def read(path, split="train", member=None, reader="generic", **own):
    options = ReadOptions(unlabelled=split == "test", own=complete_options(reader, own))
    tables = list(load_reader(reader)(RawFile(Path(path), member), options))
    assert all(dict(table.schema) == READ for table in tables)
    return [row for table in tables for row in table.select("line", "q", "t", "label", "reason").rows()]


def read_text(tmp_path, text, split="train", **own):
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8", newline="")
    return read(path, split, **own)


def failure(tmp_path, text, split="train", **own):
    with pytest.raises(YijuError) as caught:
        read_text(tmp_path, text, split, **own)
    return str(caught.value)


NAMED = {"q": "s1", "t": "s2", "label": "gold"}
WORDS = {"labels": {"yes": 1, "no": 0, "?": None}}
READ_WORDS = [(2, "a", "b", 1, None), (3, "c", "d", 0, None), (4, "e", "f", None, "label '?'")]


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("gold\tx\ts1\ts2\nyes\t\ta\tb\nno\t\tc\td\n?\t\te\tf\n", {}),
        ("gold||s1||s2\nyes||a||b\nno||c||d\n?||e||f\n", {"separator": "||"}),
        ("gold,s1,s2\nyes,a,b\nno,c,d\n?,e,f\n", {"separator": ","}),
        ('gold,"s1",s2\nyes,a,"b"\n"no",c,d\n?,e,f\n', {"format": "csv"}),
        ("\ufeffgold;s1;s2\r\nyes;a;b\r\nno;c;d\r\n?;e;f\r\n", {"format": "csv", "separator": ";"}),
    ],
)
def test_columns_by_name(tmp_path, text, own):
    assert read_text(tmp_path, text, header=True, **NAMED, **WORDS, **own) == READ_WORDS


def test_columns_by_position(tmp_path):
    own = {"q": 3, "t": 2, "label": 1}
    assert read_text(tmp_path, "1\tb\ta\n0\td\tc\n", **own) == [(1, "a", "b", 1, None), (2, "c", "d", 0, None)]
    assert read_text(tmp_path, "1\tb\ta\n0\td\tc\n", header=True, **own) == [(2, "c", "d", 0, None)]
    rows = read_text(tmp_path, '1;"b\nc";a\n', format="csv", separator=";", **own)
    assert rows == [(1, "a", "b\nc", 1, None)]


@pytest.mark.parametrize("own", [{}, {"format": "csv", "separator": "\t"}])
def test_labels_may_be_missing(tmp_path, own):
    unlabelled = [(1, "a", "b", None, None)]
    assert read_text(tmp_path, "a\tb\n", "test", **own) == unlabelled
    assert read_text(tmp_path, "a\tb\n", "train", label="", **own) == unlabelled
    assert read_text(tmp_path, "a\tb\t\n", "test", **own) == unlabelled
    assert read_text(tmp_path, "a\tb\t\n", **own) == [(1, "a", "b", None, "unknown label ''; allowed: 1, 0")]


def test_objects(tmp_path):
    values = [{"s1": "a", "s2": "b", "gold": label} for label in (1, True, 1.0, "1", None, [1], {}, "true")]
    text = "".join(json.dumps(value) + "\n" for value in values)
    own = {"format": "jsonl", **NAMED, "labels": {"1": 1, "true": 1, "1.0": 0}}
    rows = read_text(tmp_path, text, **own)
    assert [row[3] for row in rows] == [1, 1, 0, 1, None, None, None, 1]
    assert [row[4] for row in rows] == [
        *[None] * 4,
        "no field 'gold', or an empty one",
        "field 'gold' is a list, expected text or a number",
        "field 'gold' is an object, expected text or a number",
        None,
    ]
    assert read_text(tmp_path, text, **{**own, "label": ""}) == [(line, "a", "b", None, None) for line in range(1, 9)]
    nested = '{"s1": {"text": "a"}, "s2": "b", "gold": 1}'
    assert read_text(tmp_path, nested, **own) == [(1, None, None, None, "field 's1' is an object, expected text")]


@pytest.mark.parametrize(
    ("text", "own", "message"),
    [
        ("a\tb\n", {}, "no column 3 for label; the file has 2 columns, without names"),
        ("a\tb\t1\n", {"q": 9}, "no column 9 for q; the file has 3 columns, without names"),
        ("s1\ts2\tg\na\tb\t1\n", {"header": True, **NAMED}, "no column 'gold' for label; the file has s1, s2, g"),
        ("s1\ts1\tgold\n", {"header": True, **NAMED}, "two columns are called 's1'"),
        ("s1\ts2\tgold\n", {"header": True, **NAMED, "t": 1}, "q, t, label must be columns of their own"),
        ("a,b,1\n", {"format": "parquet"}, "not a readable Parquet table (parquet: File out of specification"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, own, message):
    found = failure(tmp_path, text, **own)
    assert found.startswith(str(tmp_path / "file"))
    assert message in found


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"q": "s1"}, "q are given by name, but the file has no names; set header: true"),
        ({"q": ""}, "q and t may not be empty"),
        ({"q": 2}, "q, t and label must be different columns"),
        ({"header": True, **NAMED, "t": "s1"}, "q, t and label must be different columns"),
        ({"q": 0}, "columns are counted from 1"),
        ({"format": "jsonl"}, "fields of objects have names; set q, t and label to them"),
        ({"format": "jsonl", "header": True, **NAMED}, "jsonl has neither separator nor header"),
        ({"format": "parquet", "separator": ","}, "parquet has neither separator nor header"),
        ({"format": "xlsx", "separator": ","}, "xlsx has no separator"),
        ({"format": "csv", "sheet": "one"}, "csv has no sheets"),
        ({"format": "xlsx", "encoding": "utf-8"}, "xlsx says its encoding itself"),
        ({"encoding": "latin-1"}, "encoding is 'latin-1'; allowed: 'auto', 'utf-8'"),
        ({"format": "csv", "separator": "||"}, "'||' separates no csv"),
        ({"format": "csv", "separator": '"'}, "separates no csv"),
        ({"separator": "\n"}, "separates no tsv"),
        ({"separator": 3}, "separator is 3, expected text"),
    ],
)
def test_options_that_do_not_go_together_are_refused_before_anything_is_read(own, message):
    with pytest.raises(YijuError) as caught:
        complete_options("generic", own)
    assert str(caught.value).startswith("reader generic: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("format", ["tsv", "csv", "jsonl", "parquet"])
def test_missing_files_are_named(tmp_path, format):
    with pytest.raises(YijuError, match=r"none: No such file or directory; fetch the corpus again"):
        read(tmp_path / "none", format=format, header=format in ("tsv", "csv"), **NAMED)


@pytest.mark.parametrize("labels", [{"a": 2}, {"a": True}, {1: 1}, {}, {"a": None}, "1", ["1"]])
def test_label_maps_are_checked(labels):
    with pytest.raises(YijuError, match=r"reader generic: labels is .*, expected labels as written"):
        complete_options("generic", {"labels": labels})


def test_label_maps_replace_the_default():
    assert complete_options("generic", {**WORDS})["labels"] == WORDS["labels"]
    assert complete_options("generic", {})["labels"] == {"1": 1, "0": 0}


GUIDE = (ROOT / "docs/adding-a-corpus.md").read_text(encoding="utf-8")


def block(language):
    """The first block of this language in the guide, without its indent."""
    indent, text = re.search(rf"^( *)```{language}\n(.*?)^ *```$", GUIDE, re.MULTILINE | re.DOTALL).groups()
    return "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))


def test_the_guides_configuration_reads_its_example(tmp_path):
    corpus = yaml.safe_load(block("yaml"))["corpora"]["catalogue"]["mine"]
    chosen = Corpus.model_validate(corpus)
    file = chosen.files[0]
    with zipfile.ZipFile(tmp_path / file.file, "w") as archive:
        archive.writestr(file.member, block("csv"))
    assert read(tmp_path / file.file, file.split, file.member, chosen.reader, **chosen.options) == [
        (2, "电子发票怎么补开", "补开电子发票,怎么弄", 1, None),
        (3, "电子发票怎么补开", "电子发票怎么作废", 0, None),
        (4, "电子发票怎么补开", "电子发票多久能补开", None, "label 'unsure'"),
    ]


def test_the_guides_options_are_those_of_the_reader():
    shown = {}
    for names, defaults in re.findall(r"^\| (`[a-z`, ]+`) \| (`.+?`) \|", GUIDE, re.MULTILINE):
        values = [yaml.safe_load(value) for value in re.findall("`(.+?)`", defaults)]
        shown |= dict(zip(re.findall("`(.+?)`", names), values, strict=True))
    assert shown == complete_options("generic", {})


def test_the_guides_reader_reads(tmp_path):
    scope = {"__name__": "guide"}
    exec(compile(block("python"), "guide", "exec"), scope)
    path = tmp_path / "mine.txt"
    path.write_text("1|a|b\n?|c|d\n", encoding="utf-8")
    rows = pl.concat(scope["read"](RawFile(path), ReadOptions())).select("q", "t", "label", "reason").rows()
    assert rows == [("a", "b", 1, None), ("c", "d", None, "not known")]
