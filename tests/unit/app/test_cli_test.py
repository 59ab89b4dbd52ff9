"""`yiju test`: what it prints, writes and requires, and which models it refuses."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import run
from families import Row, build_row
from toys import PAIRS, classifier

from yiju import Explainer
from yiju.app.behaviour_judge import judge_of
from yiju.base.errors import YijuError
from yiju.data.behaviour.categories import CATEGORIES
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES

pytestmark = pytest.mark.usefixtures("yiju_log")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    save_folder(*classifier(folder), [folder / name for name in FOLDER_FILES])
    return folder


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pairs") / "pairs.tsv"
    path.write_text("".join(f"{q}\t{t}\n" for q, t, _ in PAIRS), encoding="utf-8")
    return path


def test_categories_failures_and_what_they_are_made_from(model, table, tmp_path, capsys):
    out = tmp_path / "found.json"
    run("test", model, "--on", table, "-n", 12, "-o", out, "--against", model)
    facts = json.loads(out.read_text(encoding="utf-8"))
    assert set(facts["categories"]) == set(CATEGORIES)
    assert facts["items"] == 12 * len(CATEGORIES)
    for one in facts["categories"].values():
        assert one["items"] == 12
        assert 0 <= one["low"] <= one["failure_rate"] <= one["high"] <= 1
        # The second model is the same one.
        assert one["against"]["failures"] == one["failures"]
        assert one["against"]["passes_more"] == 0
    assert facts["categories"]["order"]["own"] > 0
    assert len(facts["failures"]) == sum(one["failures"] for one in facts["categories"].values())
    said = capsys.readouterr().out
    for one in facts["categories"].values():
        assert one["title"] in said
    assert facts["failures"][0]["q"] in said


def test_every_item_that_was_judged_is_in_the_json_file(model, table, tmp_path):
    out = tmp_path / "found.json"
    run("test", model, "--on", table, "-n", 12, "-o", out)
    facts = json.loads(out.read_text(encoding="utf-8"))
    assert len(facts["judged"]) == facts["items"]
    assert [one for one in facts["judged"] if not one["passed"]] == facts["failures"]
    passed = [one for one in facts["judged"] if one["passed"]]
    assert {one["effect"] for one in passed} >= {"turns", "stays"}
    for one in passed:
        assert {"category", "rule", "effect", "parent", "line", "q", "t", "similar", "score"} <= set(one)
        wanted = {"turns": False, "stays": one.get("similar_before", True), "rises": one["similar"]}
        assert one["similar"] == wanted[one["effect"]]


@pytest.mark.parametrize(
    "named", [("--category", "negation", "--category", "spacing"), ("--categories", "spacing, negation")]
)
def test_a_model_can_be_held_to_some_categories(model, tmp_path, named):
    out = tmp_path / "found.json"
    run("test", model, "-n", 3, *named, "--require", "negation>=0", "--require", "all>=0", "-o", out)
    facts = json.loads(out.read_text(encoding="utf-8"))
    assert list(facts["categories"]) == ["negation", "spacing"]
    assert {one["category"] for one in facts["judged"]} == {"negation", "spacing"}
    assert [one["category"] for one in facts["requirements"]] == ["negation", "negation", "spacing"]


def test_a_failure_names_the_line_of_the_table(model, tmp_path):
    pairs = tmp_path / "pairs.csv"
    rows = [f"{q},{t}" for q, t, _ in PAIRS]
    pairs.write_text("\n".join(["q,t", rows[0], ",有一句是空的", "", *rows[1:], ""]), encoding="utf-8")
    out, page = tmp_path / "found.json", tmp_path / "found.html"
    for file in (out, page):
        run("test", model, "--on", pairs, "--max-bad", 1, "-n", 30, "-o", file)
    lines = pairs.read_text(encoding="utf-8").split("\n")
    own = [one for one in json.loads(out.read_text(encoding="utf-8"))["failures"] if one["line"] is not None]
    assert own
    for one in own:
        assert one["parent"] in lines[one["line"] - 1]
    assert f"line {own[0]['line']}" in page.read_text(encoding="utf-8")


def test_what_it_says_is_what_the_model_judges(model, tmp_path):
    out = tmp_path / "found.json"
    run("test", model, "-n", 5, "-o", out)
    explainer = Explainer.from_pretrained(model)
    for one in json.loads(out.read_text(encoding="utf-8"))["failures"]:
        judged = explainer.predict((one["q"], one["t"]))
        assert one["similar"] == (judged.label == 1)
        if one["effect"] == "turns":
            assert judged.label == 1


def test_a_page_holds_the_failures_with_what_they_rest_on(model, tmp_path):
    out = tmp_path / "found.html"
    run("test", model, "-n", 3, "-o", out)
    page = out.read_text(encoding="utf-8")
    assert "Failures by category" in page
    assert "by occlusion" in page
    assert "<script" not in page


@pytest.mark.parametrize(("requirement", "status", "said"), [("all>=0", 0, "met: "), ("all>=1", 1, "NOT MET: ")])
def test_the_exit_status_says_whether_requirements_are_met(model, requirement, status, said, capsys):
    run("test", model, "-n", 4, "--require", requirement, status=status)
    assert said in capsys.readouterr().out


def test_a_category_of_a_file_may_hold_commas(model, tmp_path):
    path, out = tmp_path / "duqm.tsv", tmp_path / "found.json"
    path.write_text("怎么开通花呗\t花呗怎样开通\t1\t词汇,名词\t替换\n打嗝\t一直打嗝\t0\t句法\t增加\n", encoding="utf-8")
    run("test", model, "--suite", f"duqm:{path}", "--category", "词汇,名词", "-o", out)
    assert [one["q"] for one in json.loads(out.read_text(encoding="utf-8"))["judged"]] == ["怎么开通花呗"]


def test_a_category_alone_whose_library_is_missing_is_refused(model, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "opencc", None)
    run("test", model, "--category", "traditional", status=1)
    assert "--category traditional: it needs OpenCC, which is not installed" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--require", "negatin>=0.9"), "did you mean negation?"),
        (("--category", "negation,antnym"), "--category: no category 'antnym' (did you mean antonym?); there are neg"),
        (("--category", "negation", "--require", "entity>=1"), "--require entity>=1: this category is not judged"),
        (("--suite", "zh"), "there are zh-match, duqm:FILE, clue:FILE"),
        (("-o", "out.pdf"), "must end in .json or .html"),
        (("--on", "missing.tsv"), "missing.tsv: no such file"),
        (("--on", "."), ".: this is a folder; give a table of pairs with --on"),
        (("--similar", "entailment", "-n", "2"), "no class 'entailment'"),
    ],
)
def test_what_is_wrong_is_named_with_the_remedy(model, arguments, said, caplog):
    run("test", model, *arguments, status=1)
    assert said in caplog.text


def test_a_model_that_decides_nothing_is_refused_unless_a_threshold_is_given(tmp_path, caplog):
    build_row(Row("cross-encoder", "bert"), tmp_path / "reranker")
    run("test", tmp_path / "reranker", "-n", 2, status=1)
    assert "yiju calibrate" in caplog.text
    assert "--margin" in caplog.text
    run("test", tmp_path / "reranker", "-n", 2, "--margin", "0.1")


def test_a_model_of_three_classes_needs_to_be_told_which_one_is_similar(tmp_path):
    build_row(Row("three labels", "bert"), tmp_path / "nli")
    explainer = Explainer.from_pretrained(tmp_path / "nli")
    with pytest.raises(YijuError, match=r"say with --similar"):
        judge_of(explainer, "nli", None)
    name = explainer.scorer.classes[0]
    pairs = [(q, t) for q, t, _ in PAIRS[:30]]
    similar, scores = judge_of(explainer, "nli", name)(pairs)
    labels = np.array([one.label for one in explainer.predict(pairs)])
    assert similar.tolist() == (labels == 0).tolist()
    # The log odds of the class: its probability is their logistic function.
    outputs, _ = explainer.outputs(pairs)
    chances = np.exp(outputs[:, 0]) / np.exp(outputs).sum(axis=1)
    assert scores == pytest.approx(np.log(chances / (1 - chances)))


def test_a_suite_of_a_file_is_judged_whole(model, tmp_path, capsys):
    path = tmp_path / "duqm.tsv"
    path.write_text("怎么开通花呗\t花呗怎样开通\t1\n北京今天天气怎么样\t上海今天天气怎么样\t0\n", encoding="utf-8")
    run("test", model, "--suite", f"duqm:{path}", "-o", tmp_path / "found.json")
    facts = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert facts["items"] == 2
    labels = [
        one.label
        for one in Explainer.from_pretrained(model).predict(
            [("怎么开通花呗", "花呗怎样开通"), ("北京今天天气怎么样", "上海今天天气怎么样")]
        )
    ]
    assert facts["overall"]["failures"] == (labels[0] != 1) + (labels[1] != 0)
    assert "90.9 %" in capsys.readouterr().out
