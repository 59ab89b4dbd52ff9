"""Suites that a user brings: DuQM and the diagnostics of CLUE, and what is said of a file that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from yiju.base.errors import YijuError
from yiju.data.behaviour.suites import OWN, open_suite

DUQM = "晨跑之前吃什么合适\t晨跑之后吃什么合适\t0\n鱼和鸡蛋能一起吃吗\t鸡蛋和鱼能一起吃吗\t1\n"
TAGGED = (
    "question1\tquestion2\tlabel\tcategory\toperation\n"
    "打嗝\t一直打嗝\tN\t词汇\tinsert adv.\n冷\t冰凉\tY\t词汇\treplace\n"
)
CLUE = (
    '{"index": 0, "premise": "他来了。", "hypothesis": "他没来。", "label": "contradiction", "category": "否定"}\n'
    '{"index": 1, "sentence1": "猫被狗追。", "sentence2": "狗追猫。", "label": "entailment"}\n'
)


def written(folder: Path, text: str) -> Path:
    path = folder / "file.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_duqm_in_its_three_columns(tmp_path):
    suite = open_suite(f"duqm:{written(tmp_path, DUQM)}")
    first, second = suite.made([], 1, None)
    assert (first.change.q, first.change.t, first.change.effect, first.row) == (
        "晨跑之前吃什么合适",
        "晨跑之后吃什么合适",
        "turns",
        0,
    )
    assert (second.change.effect, suite.categories) == ("stays", ("all pairs",))
    assert "73.8" in suite.published[0]
    assert "90.9" in suite.published[0]


def test_duqm_with_names_categories_and_operations(tmp_path):
    suite = open_suite(f"duqm:{written(tmp_path, TAGGED)}")
    assert [(one.category, one.change.rule, one.change.effect) for one in suite.made([], 1, None)] == [
        ("词汇", "insert adv.", "turns"),
        ("词汇", "replace", "stays"),
    ]


def test_the_diagnostics_of_clue(tmp_path):
    suite = open_suite(f"clue:{written(tmp_path, CLUE)}")
    assert [(one.category, one.change.effect) for one in suite.made([], 1, None)] == [
        ("否定", "turns"),
        ("all pairs", "stays"),
    ]


@pytest.mark.parametrize(
    ("suite", "text", "said"),
    [
        ("duqm", "只有一句\n", "line 1: 1 fields; expected text_a, text_b and label"),
        ("duqm", "甲\t乙\t2\n", 'line 1: label "2"; expected 1, 0, Y, N'),
        ("duqm", "甲\t\t1\n", "line 1: an empty sentence"),
        ("duqm", "\n", "the file is empty"),
        ("clue", "[1]\n", "line 1: expected a JSON object, got a list"),
        ("clue", "{\n", "line 1: no JSON"),
        ("clue", '{"premise": "甲", "label": "neutral"}\n', "line 1: no text hypothesis or sentence2"),
        ("clue", '{"premise": "甲", "hypothesis": "乙", "label": 1}\n', 'line 1: label "1"; expected entailment'),
    ],
)
def test_a_file_of_another_kind_is_refused_with_its_line(tmp_path, suite, text, said):
    with pytest.raises(YijuError, match=r"--suite") as error:
        open_suite(f"{suite}:{written(tmp_path, text)}")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("zh-mach", "did you mean zh-match?"),
        ("duqm", "there are zh-match, duqm:FILE, clue:FILE"),
        ("duqm:missing.tsv", "missing.tsv: No such file or directory"),
        ("zh-match:x", "no such suite"),
    ],
)
def test_an_unknown_suite_is_refused(name, said):
    with pytest.raises(YijuError) as error:
        open_suite(name)
    assert said in str(error.value)


def test_options_of_the_own_suite_are_refused_beside_a_file(tmp_path):
    path = written(tmp_path, DUQM)
    with pytest.raises(YijuError, match=r"--on says nothing"):
        open_suite(f"duqm:{path}", Path("pairs.tsv"))
    with pytest.raises(YijuError, match=r"-n says nothing"):
        open_suite(f"duqm:{path}", None, 10)
    assert len(open_suite(OWN, Path("pairs.tsv"), 10).categories) == 19


def test_a_bad_row_and_a_repeated_one_are_named_and_counted(tmp_path, caplog):
    rows = [f"第{number}条规则是什么\t第{number}条规定是什么\t1" for number in range(200)]
    file = tmp_path / "duqm.tsv"
    file.write_text("\n".join([*rows, rows[0], "缺了后两列"]) + "\n", encoding="utf-8")
    assert len(open_suite(f"duqm:{file}").items) == 200
    assert f"{file} line 202: 1 fields" in caplog.text
    assert f"{file}: 1 bad row of 202 rows left out" in caplog.text
    assert f"{file}: 1 row left out: the pair is there already" in caplog.text
