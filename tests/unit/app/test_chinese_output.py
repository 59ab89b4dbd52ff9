"""What commands print in Chinese, read as a whole: no sentence of it is left in English, wherever it was made."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command_line import run, run_folder
from english_left import english_in, english_on, strictly_english_in
from jinja2 import Environment, nodes
from projects import ROOT
from toys import PAIRS
from unit.report.test_dossier import finished

from yiju.base.terminal_language import catalogue, speak, told

pytestmark = pytest.mark.usefixtures("yiju_log")
Q, T, _ = PAIRS[3]
ROWS = "".join(f"{q}\t{t}\t{label}\n" for q, t, label in PAIRS)
MODEL = ["--model", "model"]
# How a command is called, which is the same in every language.
CALLS = re.compile(r"`[^`]*`|yiju [a-z-]+( [a-z]+)?")


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    speak("en")


@pytest.fixture
def place(plain_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the commands are called in: a model, tables of pairs, and runs."""
    shutil.copytree(plain_model, tmp_path / "model")
    (tmp_path / "pairs.tsv").write_text(f"q\tt\tlabel\n{ROWS}", encoding="utf-8")
    scores = "".join(f"{place / 64 + label / 2}\t{label}\n" for place, (*_, label) in enumerate(PAIRS))
    (tmp_path / "scored.tsv").write_text(f"score\tlabel\n{scores}", encoding="utf-8")
    classes = "".join(f"{place % 7}\t{place % 5}\t{place % 3 * 4}\t{place % 3}\n" for place in range(90))
    (tmp_path / "classes.tsv").write_text(f"score_a1\tscore_b2\tscore_c3\tlabel\n{classes}", encoding="utf-8")
    for name, labels in (("classes3", "甲乙丙"), ("graded", ("0", "0.3", "0.7", "1")), ("unclear", "123")):
        texts = (f"第{place}句\t第{place}问\t{labels[place % len(labels)]}\n" for place in range(60))
        (tmp_path / f"{name}.tsv").write_text(f"q\tt\tlabel\n{''.join(texts)}", encoding="utf-8")
    (tmp_path / "bad.tsv").write_text(f"q\tt\tlabel\n{ROWS}只有一句\n甲\t乙\t?\n", encoding="utf-8")
    run_folder(tmp_path / "one", 0.8, 1)
    run_folder(tmp_path / "two", 0.9, 2, nll=0.3)
    shutil.copy(ROOT / "config.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def printed(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Callable[..., list[str]]:
    """Calls a command in Chinese, and gives the lines that a person reads: those of the log too."""

    def lines(*arguments: str, status: int = 0) -> list[str]:
        caplog.clear()
        run("--lang", "zh", *arguments, status=status)
        caught = capfd.readouterr()
        return [*f"{caught.out}\n{caught.err}".splitlines(), *(told(one.getMessage()) for one in caplog.records)]

    return lines


# A command, and how it ends.
COMMANDS: list[tuple[list[str], int]] = [
    (["index", "model", "pairs.tsv"], 0),
    (["explain", Q, T, *MODEL, "--matrix", "occlusion"], 0),
    (["explain", Q, T, *MODEL, "--against", "model"], 0),
    (["explain", "--file", "pairs.tsv", *MODEL, "-o", "explained.xlsx"], 0),
    (["predict", "pairs.tsv", *MODEL, "-o", "judged.csv"], 0),
    (["predict", "bad.tsv", *MODEL, "-o", "judged.csv", "--max-bad", "0.1"], 0),
    (["predict", "bad.tsv", *MODEL, "-o", "judged.csv"], 1),
    (["compare", Q, T, *MODEL, "--method", "occlusion", "--method", "lime"], 0),
    (["test", "model", "--on", "pairs.tsv", "-n", "4", "--against", "model", "-o", "tested.json"], 0),
    (["test", "model", "-n", "2", "--require", "negation>=0.5", "--require", "all>=1"], 1),
    (["test", "model", "--require", "negation=0.5"], 1),
    (["audit", "bad.tsv", "pairs.tsv"], 0),
    (["corpora", "list"], 0),
    (["corpora", "fetch"], 1),
    (["calibrate", "model", "pairs.tsv"], 1),
    (["calibrate", "scored.tsv", "-o", "calibrated.json"], 0),
    (["calibrate", "classes.tsv"], 0),
    (["finetune", "model", "classes3.tsv", "-o", "tuned", "--epochs", "0.2"], 0),
    (["finetune", "model", "graded.tsv", "--dev", "graded.tsv", "-o", "tuned", "--epochs", "0.2"], 0),
    (["finetune", "model", "classes3.tsv", "-o", "tuned", "--loss", "mse"], 1),
    (["finetune", "model", "unclear.tsv", "-o", "tuned"], 1),
    (["calibrate", "classes.tsv", "--threshold", "f1"], 1),
    (["study", *MODEL, "--pairs", "pairs.tsv", "-n", "4", "--method", "occlusion"], 0),
    (["diff", "one", "two"], 0),
    (["export-onnx", "model", "-o", "model.onnx"], 0),
    (["export-onnx", "model", "-o", "exported", "--int8"], 0),
]


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(("arguments", "status"), COMMANDS, ids=str)
def test_no_sentence_that_is_printed_is_left_in_english(printed, arguments, status):
    lines = printed(*arguments, status=status)
    assert any(re.search("[一-鿿]", line) for line in lines)
    assert {line: found for line in lines if (found := english_in(CALLS.sub("", line)))} == {}


# Wrong command lines, and how they end.
WRONG: list[tuple[list[str], int]] = [
    (["explain", Q, T, "--model", "nothing"], 1),
    (["explain", Q, "", *MODEL], 1),
    (["explain", Q, T, *MODEL, "--method", "integrated_gradients", "--set", "baseline=none"], 1),
    (["explain", Q, T, *MODEL, "--units", "words", "--words", "nothing.txt"], 1),
    (["explain", Q, T, *MODEL, "--matrix", "maxsim"], 1),
    (["explain", Q, T, *MODEL, "--matrix", "jacobians"], 1),
    (["explain", Q, T, *MODEL, "--calibration", "bad.json"], 1),
    (["explain", "--file", "nothing.tsv", *MODEL, "-o", "out.csv"], 1),
    (["explain", "--file", "pairs.tsv", *MODEL, "-o", "out.csv", "--json"], 2),
    (["explain", "--file", "pairs.tsv", Q, T, *MODEL, "-o", "out.csv"], 2),
    (["predict", "pairs.tsv", *MODEL, "-o", "out.csv", "--format", "xlsx"], 1),
    (["predict", "pairs.tsv", *MODEL, "-o", "out.csv", "--format", "jsonl"], 1),
    (["predict", "bytes.tsv", *MODEL, "-o", "out.csv"], 1),
    (["predict", "model", *MODEL, "-o", "out.csv"], 1),
    (["calibrate", "scored.tsv", "--score", "nope"], 1),
    (["explain", Q, T, *MODEL, "--calibration", "cut.json"], 1),
    (["study", *MODEL, "--pairs", "pairs.tsv", "--attributions", "model"], 1),
    (["study", *MODEL, "--pairs", "pairs.tsv", "--attributions", "rows.jsonl"], 1),
    (["test", "model", "--suite", "clue:rows.jsonl"], 1),
    (["test", "model", "--suite", "duqm:model"], 1),
    (["test", "model", "--require", "nope>=1"], 1),
    (["train", "nothing.csv"], 1),
    (["audit", "nothing.tsv"], 1),
    (["test", "model", "--on", "model"], 1),
    (["evaluate", "model", "model"], 1),
    (["finetune", "model", "pairs.tsv", "-o", "tuned", "--config", "model"], 1),
]
# What the usage of a command, and its class names, are in every language.
NAMES = re.compile(r"(not )?similar|^用法：.*|用 'yiju .*? --help'|<[^>]*>")


@pytest.mark.parametrize(("arguments", "status"), WRONG, ids=str)
def test_no_word_of_a_refusal_is_left_in_english(printed, place, arguments, status):
    (place / "bad.json").write_text("{}", encoding="utf-8")
    (place / "cut.json").write_text('{"format": 1,\n"scaling": }', encoding="utf-8")
    (place / "rows.jsonl").write_text('{"pair": 1}\n[1]\n{"pair": 1 "side": "q"}\n', encoding="utf-8")
    (place / "bytes.tsv").write_bytes(b"\xff\xfea\x00\x00\xd8b\x00")
    lines = printed(*arguments, status=status)
    assert any(re.search("[一-鿿]", line) for line in lines)
    assert {line: found for line in lines if (found := strictly_english_in(CALLS.sub("", NAMES.sub("", line))))} == {}


def test_where_the_evidence_stands_is_told_in_chinese(printed, place):
    printed("index", str(place / "model"), "pairs.tsv")
    lines = printed("explain", Q, T, *MODEL, "--evidence", "2")
    assert any(re.search(r"pairs.tsv 第 \d+ 行", line) for line in lines)
    assert {line: found for line in lines if (found := english_in(line))} == {}


def test_a_dossier_and_its_check_speak_chinese(printed, place):
    run_of = finished(place / "run", "zh")
    check = ["verify", "dossier.html", "--run", str(run_of)]
    lines = [*printed("dossier", str(run_of), "-o", "dossier.html"), *printed(*check)]
    (run_of / "checksums.json").write_text("{}", encoding="utf-8")
    changed = printed(*check, status=1)
    assert any(line.endswith("checksums.json：被改动过") for line in changed)
    lines += changed
    assert {line: found for line in lines if (found := english_in(line))} == {}


PAGES = {
    "explain": ["explain", "--file", "bad.tsv", *MODEL, "--max-bad", "0.1"],
    "study": ["study", *MODEL, "--pairs", "pairs.tsv", "-n", "4", "--method", "occlusion", "--method", "lime"],
    "audit": ["audit", "bad.tsv", "pairs.tsv"],
    "test": ["test", "model", "--on", "pairs.tsv", "-n", "4", "--against", "model"],
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_in_the_language_of_the_terminal(printed, place, name):
    printed(*PAGES[name], "-o", "page.html")
    page = (place / "page.html").read_text(encoding="utf-8")
    assert '<html lang="zh">' in page
    assert english_on(page) == []


def test_a_page_is_in_traditional_characters_too(place):
    run("--lang", "zh-Hant", *PAGES["audit"], "-o", "page.html")
    page = (place / "page.html").read_text(encoding="utf-8")
    assert '<html lang="zh-Hant">' in page and "重複出現的句對" in page


def test_a_document_of_a_study_is_in_the_language_of_the_terminal(printed, place):
    printed(*PAGES["study"], "-o", "study.md")
    text = (place / "study.md").read_text(encoding="utf-8")
    assert text.startswith("# 哪种解释成立\n")
    assert english_in(text) == []


def test_every_text_of_a_template_has_a_translation():
    templates = [file.read_text(encoding="utf-8") for file in (ROOT / "workflow_scripts/yiju/report").glob("*.html")]
    texts = [
        one.node.value
        for template in templates
        for one in Environment().parse(template).find_all(nodes.Filter)
        if one.name == "told" and isinstance(one.node, nodes.Const)
    ]
    # All that are written so, counted another way.
    assert 0 < len(texts) == sum(template.count('" | told') for template in templates)
    assert [text for text in texts if catalogue("zh").find(text) is None] == []
