"""`yiju audit`: files as people have them, findings in words, as a page and as JSON, and the exit status."""

import json

import polars as pl
import pytest
import xlsxwriter
from command_line import run

from yiju.base.terminal_language import speak

pytestmark = pytest.mark.usefixtures("yiju_log")
TRAIN = """question,candidate,same
怎么开通花呗,如何开通花呗,yes
如何开通花呗？,怎么开通花呗,yes
花呗怎么还款,借呗怎么还款,no
更换头像要多久,改头像要多久,yes
改头像要多久,头像多久能换,yes
更换头像要多久,头像多久能换,no
怎么修改密码,怎么修改手机,no
忘记密码怎么办,密码忘了怎么办,yes
,怎么登录,no
"""
TEST = "怎么开通花呗\t如何开通花呗\t1\n天气怎么样\t气温多少&nbsp;度\t0\n"


@pytest.fixture
def files(tmp_path):
    train, test = tmp_path / "train.csv", tmp_path / "test.tsv"
    train.write_bytes(TRAIN.encode("gb18030"))
    test.write_text(TEST, encoding="utf-8")
    return train, test


def test_findings_in_words(files, capsys):
    run("audit", *files)
    shown = capsys.readouterr().out.split("\n")
    assert shown[0] == "train.csv" and any("is read as GB18030" in line for line in shown)
    for expected in (
        "  labels: yes is similar, no is not similar",
        "  9 rows, 8 pairs: 5 similar, 3 not similar",
        "  no-pairs: 1 row is no pair (1: empty sentence)",
        "      line 10: empty sentence",
        "  duplicates: 1 row holds a pair again with the same label, in either order, but for width, case, white space "
        "and punctuation",
        "      line 3: 如何开通花呗？ | 怎么开通花呗 (similar)",
        "      but line 5: 更换头像要多久 | 改头像要多久 (similar)",
        "  not looked at for shortcuts: fewer than 100",
        "  odd-characters: 1 pair holds HTML that was not decoded",
        "  leaks: 1 of 2 distinct pairs of test.tsv stands in train.csv too (1 with exactly the same characters)",
    ):
        assert expected in shown, expected
    assert any(line.startswith("  contradictions: 1 pair is called not similar, although") for line in shown)


def test_a_row_is_shown_once_where_several_things_are_found(tmp_path, capsys):
    file = tmp_path / "pairs.csv"
    rows = ["q,t,label", *(f"{pair},{label}" for pair in ("甲问,甲答", "乙问,乙答") for label in (1, 1, 0))]
    file.write_text("\n".join([*rows, "丙问,丙答,0", "丙问,丙答,0", "丁,丁,0", ""]), encoding="utf-8")
    run("audit", file)
    shown = [line for line in capsys.readouterr().out.split("\n") if line.startswith("      line")]
    assert [line.partition(":")[0].strip() for line in shown] == ["line 6", "line 2", "line 3", "line 4", "line 10"]


def test_how_shortcuts_are_cross_validated_is_not_told_once_for_each(tmp_path, caplog):
    file = tmp_path / "star.csv"
    rows = [f"怎么开通,如何开通{number},{number % 2}" for number in range(60)]
    rows += [f"第{number}问,第{number}答,{number % 2}" for number in range(60)]
    file.write_text("\n".join(["q,t,label", *rows, ""]), encoding="utf-8")
    run("audit", file)
    assert not caplog.messages


def test_json_and_page(files, tmp_path, capsys):
    page, kept = tmp_path / "audit.html", tmp_path / "audit.json"
    run("audit", *files, "-o", page, "--json")
    printed = json.loads(capsys.readouterr().out)
    run("audit", *files, "-o", kept)
    assert json.loads(kept.read_text(encoding="utf-8")) == printed
    assert printed["between"][0]["normalised"] == 1 and printed["files"][0]["pairs"] == 8
    html = page.read_text(encoding="utf-8")
    assert "气温多少&amp;nbsp;度" in html and "&nbsp;度" not in html
    assert "Pairs that two files share" in html and "<script" not in html


@pytest.mark.parametrize(
    ("kinds", "status"),
    [("leaks", 1), ("conflicts,leaks", 1), ("all", 1), ("conflicts", 0), ("conflicts,near-leaks", 0), ("", 0)],
)
def test_the_status_says_whether_what_is_named_was_found(files, kinds, status, caplog):
    run("audit", *files, "--fail-on", kinds, status=status)
    assert ("--fail-on: found" in caplog.text) is bool(status)


def test_without_labels_and_with_other_columns(tmp_path, capsys):
    file = tmp_path / "bare.jsonl"
    file.write_text('{"a": "怎么开通", "b": "如何开通"}\n', encoding="utf-8")
    run("audit", file, "--q", "a", "--t", "b")
    shown = capsys.readouterr().out
    assert "1 row, 1 pair; no column of labels" in shown and "shortcuts" not in shown


def test_what_cannot_be_done_is_said_before_anything_is_read(files, tmp_path, capsys, caplog):
    run("audit", *files, "--fail-on", "leak", status=2)
    assert "'leak' is none of no-pairs" in capsys.readouterr().err
    run("audit", files[0], files[0], status=1)
    assert "named 2 times" in caplog.text
    run("audit", *files, "-o", tmp_path / "audit.txt", status=1)
    assert "must end in .html or .json" in caplog.text
    run("audit", tmp_path / "none.csv", status=1)
    assert "none.csv: no such file" in caplog.text


def test_files_of_the_same_name_are_called_by_their_paths(files, tmp_path, capsys):
    other = tmp_path / "other"
    other.mkdir()
    (other / "test.tsv").write_text(TEST, encoding="utf-8")
    run("audit", files[1], other / "test.tsv")
    assert f"{other / 'test.tsv'}" in capsys.readouterr().out


def test_a_file_without_rows_is_named(tmp_path, caplog):
    empty = tmp_path / "empty.tsv"
    empty.touch()
    run("audit", empty, status=1)
    assert f"{empty}: the file holds no rows" in caplog.text


def test_a_workbook_under_another_name_and_the_reverse_are_refused_in_chinese(tmp_path, caplog):
    book, table = tmp_path / "book.parquet", tmp_path / "table.xlsx"
    with xlsxwriter.Workbook(str(book)) as written:
        written.add_worksheet().write_row(0, 0, ["q", "t"])
    pl.DataFrame({"q": ["怎么还花呗"], "t": ["花呗怎么还"]}).write_parquet(table)
    try:
        for path in (book, table):
            run("--lang", "zh", "audit", str(path), status=1)
    finally:
        speak("en")
    assert f"{book}：这是 Excel 工作簿或其他 Office 文件，不是文本；请按格式 xlsx 读取" in caplog.text
    assert f"{table}：文件名说是工作簿，内容却不是；请按 parquet 读取" in caplog.text
