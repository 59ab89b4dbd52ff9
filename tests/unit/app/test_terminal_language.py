"""The command line in Chinese: which language is taken, what is translated, and that nothing lacks a translation."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from projects import ROOT
from terminal_messages import filled, in_code, in_help

from yiju.app.cli import main
from yiju.app.cli.help_pages import explained, wrapped
from yiju.base.printable import columns
from yiju.base.sentences import PLACE, Sentences, read_catalogue
from yiju.base.terminal_language import catalogue, language_of, said, speak, told

TERMINAL = ROOT / "workflow_scripts/yiju/base/terminal"
CHINESE = re.compile(r"[一-鿿]")
# Alike in both languages: commands, addresses, names of formats and of keys; ranges, and defaults that are values.
ALIKE = re.compile(
    r"iconv -f \{0\}.*|HTTP \{0\}|https://github\.com/NVIDIA/apex .*|study\.methods \{0\}|apart|"
    r"[\d.<>=x]+|default: [\w./:-]+|env var: \w+|required|\.jsonl, .*"
)
# A key covers a message where it holds nearly all of its letters: the rest may stand in a place.
NEARLY = 0.8


@pytest.fixture(autouse=True)
def english_again():
    yield
    speak("en")


def letters(text: str) -> int:
    return len(PLACE.sub("", text))


def covered(message: str) -> bool:
    """Whether the catalogue has a sentence for a message."""
    found = catalogue("zh").entry(filled(message).strip())
    return found is not None and letters(found[0]) >= NEARLY * letters(message)


def test_every_text_of_the_help_has_a_translation():
    assert len(list(in_help())) > 250
    lacking = {one for one in in_help() if not ALIKE.fullmatch(one) and catalogue("zh").find(one) is None}
    assert lacking == set(), "add each of them with its Chinese to base/terminal/help.zh.yaml"


def test_every_error_and_every_sentence_that_is_printed_has_a_translation():
    found = list(in_code())
    assert len(found) > 550
    lacking = {one: place for place, one in found if not ALIKE.fullmatch(one.strip()) and not covered(one)}
    assert lacking == {}, "add each of them with its Chinese to a file of base/terminal"


@pytest.mark.parametrize("file", sorted(TERMINAL.glob("*.yaml")), ids=lambda file: file.name)
def test_a_translation_has_the_values_of_the_sentence(file):
    texts = read_catalogue(file.read_text(encoding="utf-8"))
    assert texts
    for english, chinese in texts.items():
        places = {place.lstrip("#") for place in PLACE.findall(english)} - {"_"}
        assert {place.lstrip("=") for place in PLACE.findall(chinese)} == places, english


def test_a_sentence_is_translated_in_one_file_only():
    keys = [key for file in TERMINAL.glob("*.zh.yaml") for key in read_catalogue(file.read_text(encoding="utf-8"))]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ((), {}, "en"),
        ((), {"LANG": "C.UTF-8"}, "en"),
        ((), {"LC_ALL": "POSIX", "LANG": "zh_CN.UTF-8"}, "en"),
        ((), {"LANG": "de_DE.UTF-8"}, "en"),
        ((), {"LANG": "zh_CN.UTF-8"}, "zh"),
        ((), {"LC_ALL": "", "LC_MESSAGES": "zh_TW.UTF-8", "LANG": "en_US.UTF-8"}, "zh-Hant"),
        ((), {"LANG": "zh_HK"}, "zh-Hant"),
        ((), {"YIJU_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ((), {"YIJU_LANG": "klingon", "LANG": "zh_CN.UTF-8"}, "zh"),
        (("--lang", "zh", "explain"), {"YIJU_LANG": "en"}, "zh"),
        (("--lang=zh-Hant",), {}, "zh-Hant"),
        (("--lang",), {}, "en"),
        (("--version", "--lang", "zh"), {}, "zh"),
        (("explain", "--lang", "zh"), {}, "en"),
    ],
)
def test_the_option_counts_before_the_variable_and_the_locale(arguments, environment, language):
    assert language_of(arguments, environment) == language


def run(capfd, *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    caught = capfd.readouterr()
    return int(end.value.code or 0), caught.out + caught.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--lang", "zh", "--help"), ["用法：yiju", "批量判断", "命令：", "选项："]),
        (("--lang", "zh", "predict", "--help"), ["依次判断表格", "模型自带的]"]),
        (("--lang", "zh-Hant", "predict", "--help"), ["依次判斷表格"]),
        (("--lang", "zh", "explian"), ["没有命令 'explian'。是不是 'explain'？", "用 'yiju --help' 查看说明"]),
        (("--lang", "zh", "explain", "甲", "--metod", "x"), ["没有选项 '--metod'。是不是其中之一："]),
        (("--lang", "zh", "predict", "a.tsv", "--max-bad", "2"), ["'--max-bad' 的值无效：2", "不在范围"]),
        (("--lang", "zh", "suspects", "nowhere"), ["错误：nowhere/data/suspects.parquet：没有这个文件；RUN 是"]),
        (("--lang", "zh", "label-next", "nowhere", "a.tsv"), ["错误：nowhere：没有这个文件夹"]),
        (
            ("--lang", "zh", "compare", "甲", "乙", "--model", ".", "--method", "lim"),
            ["没有方法 'lim'（是不是 lime？）"],
        ),
    ],
)
def test_help_and_errors_are_in_chinese(capfd, arguments, words):
    _, printed = run(capfd, *arguments)
    for one in words:
        assert one in printed


def test_an_unknown_language_is_refused_by_name(capfd, monkeypatch):
    status, printed = run(capfd, "--lang", "fr", "corpora")
    assert status == 2 and "'fr' is not one of 'en', 'zh', 'zh-Hant'" in printed
    monkeypatch.setenv("YIJU_LANG", "fr")
    status, printed = run(capfd, "corpora")
    assert status == 2 and "(env var: 'YIJU_LANG'): 'fr' is not one of" in printed


def test_outputs_for_programs_are_the_same_in_every_language(capfd, tmp_path):
    pairs = tmp_path / "pairs.csv"
    rows = "".join(f"怎么换头像{n},如何换头像{n},{n % 2}\n" for n in range(4))
    pairs.write_text("q,t,label\n" + rows, encoding="utf-8")
    audits = [run(capfd, "--lang", language, "audit", str(pairs), "--json") for language in ("en", "zh", "zh-Hant")]
    assert audits[0] == audits[1] == audits[2]
    assert json.loads(audits[0][1])["files"][0]["rows"] == 4
    assert "4 行，4 个句对：2 个相似，2 个不相似" in run(capfd, "--lang", "zh", "audit", str(pairs))[1]


def test_lines_are_broken_by_columns_and_none_begins_with_a_closing_mark():
    text = "判断两个句子，并为判断所依据的字着色（见 --method 和 yiju_probability）。" * 3
    lines = wrapped(text, 30)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert max(map(columns, lines)) <= 32
    assert not [line for line in lines if line[0] in "，。；：）”"]
    assert not [line for line in lines[:-1] if line[-1] in "（“"]


def test_defaults_are_values_and_words_of_defaults_are_translated():
    speak("zh")
    assert explained("of a hub checkpoint  [default: 111; x>=1]").endswith("[默认：111; x>=1]")
    assert explained("[required]").strip() == "[必填]"


def test_a_sentence_is_looked_up_with_its_values():
    known = Sentences(
        {
            "{0}: {#1} of {2} {_} bad": "{0}：{2}中有 {=1} 个不好",
            "{#0} rows": "{=0} 行",
            "said by {0}": "由 {=0} 说",
            "the file is empty": "文件是空的",
        }
    )
    assert known.told("a.tsv: 3 of 7 rows are bad") == "a.tsv：7 行中有 3 个不好"
    assert known.told("  the file is empty\n  7 rows") == "  文件是空的\n  7 行"
    assert known.told("the file is empty; 7 rows; no") == "文件是空的；7 行；no"
    assert known.told("said by 7 rows") == "由 7 rows 说"
    assert known.told("many rows") == "many rows"
    assert known.told("") == ""


def test_what_no_catalogue_has_stays_english():
    speak("zh")
    assert told("something new, said on 3 days") == "something new, said on 3 days"
    assert said("error: {0}", "x") == "错误：x"
    speak("en")
    assert (told("no such file"), said("error: {0}", "x")) == ("no such file", "error: x")


def test_english_loads_no_catalogue():
    """Help must stay quick: the catalogues are read where Chinese is asked for."""
    program = "import sys; from yiju.app.cli import main\ntry: main(['--help'])\nfinally: print('yaml' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow_scripts"), "YIJU_LANG": "en"}
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment).stdout
    assert printed.endswith("False\n")
    chinese = {**environment, "YIJU_LANG": "zh"}
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=chinese).stdout
    assert CHINESE.search(printed) and printed.endswith("True\n")
