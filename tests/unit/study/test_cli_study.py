"""`yiju study` from the command line: what it prints and writes, and how it answers what is wrong."""

import json
import re

import pytest
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.cli import main as yiju
from yiju.encoder import FOLDER_FILES
from yiju.encoder.folder import save_folder
from yiju.study.told import markdown

ROWS = [(q, t) for q in SENTENCES[:4] for t in SENTENCES[4:]]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    save_folder(*classifier(folder, marker=True), [folder / name for name in FOLDER_FILES])
    return folder


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"{q}\t{t}\n" for q, t in [*ROWS, ROWS[0]]), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """yiju's log goes to the terminal itself, past pytest."""
    monkeypatch.setattr("yiju.cli.log_to_stderr", lambda: None)


def run(*arguments, status=0):
    with pytest.raises(SystemExit) as end:
        yiju(["study", *map(str, arguments)])
    assert (end.value.code or 0) == status


def test_it_prints_a_table_for_each_label_and_a_conclusion(model, table, capsys):
    out = table.with_name("study.json")
    few = ("--method", "occlusion", "--method", "lime:samples=20", "-n", 8)
    run("--model", model, "--pairs", table, *few, "-o", out)
    heard = capsys.readouterr()
    facts = json.loads(out.read_text(encoding="utf-8"))
    assert f"8 of {len(ROWS)} distinct pairs of {table}, drawn at random (seed 111)" in heard.out
    judged = {word.replace("_", " "): count for word, count in facts["judged"].items() if count}
    assert sum(judged.values()) == facts["items"] == 8
    for word, count in judged.items():
        assert f"Pairs judged {word}: {count}\n" in heard.out
    assert len(re.findall(r"^occlusion +by deletion +0\.\d\d +[+-]", heard.out, re.M)) == len(judged)
    assert len(re.findall(r"^trivial: random segments +by deletion", heard.out, re.M)) == len(judged)
    assert facts["recommended"]["reason"] in heard.out
    assert re.search(r"^lime:samples=20: measured, \d+ ms", heard.err, re.M)
    assert [row["method"] for row in facts["methods"]][:2] == ["occlusion", "lime:samples=20"]


def test_the_same_seed_gives_the_same_figures(model, table, tmp_path):
    written = []
    for name in "ab":
        out = tmp_path / f"{name}.json"
        run("--model", model, "--pairs", table, "--method", "occlusion", "-n", 6, "-o", out)
        facts = json.loads(out.read_text(encoding="utf-8"))
        for row in facts["methods"]:
            row.pop("seconds_per_pair", None)
        written.append(facts)
    assert written[0] == written[1]


def test_markdown_holds_the_same_figures_and_no_markup_of_others(model, table):
    out = table.with_name("study.md")
    run("--model", model, "--pairs", table, "--method", "gradient_l2", "-n", 6, "-o", out)
    text = out.read_text(encoding="utf-8")
    assert "| gradient\\_l2 | by deletion | 0." in text
    facts = {"judged": {"similar": 0, "not_similar": 0}, "methods": [], "left_out": {}, "notes": ["<b>a|b</b>"]}
    facts["recommended"] = {"method": None, "reason": "none", "fails": {}}
    assert "\\<b\\>a\\|b\\</b\\>" in markdown(facts)


def test_what_does_not_fit_is_left_out_and_said(model, table, capsys, monkeypatch):
    why = "gim wants another model"
    monkeypatch.setattr(Explainer, "why_unsupported", lambda _, name: why if name == "gim" else None)
    run("--model", model, "--pairs", table, "--method", "gim", "--method", "occlusion", "-n", 4)
    assert f"gim is left out: {why}." in capsys.readouterr().out
    run("--model", model, "--pairs", table, "--method", "gim", status=1)


def test_rows_that_are_no_pairs_are_named(model, table, capsys):
    with table.open("a", encoding="utf-8") as file:
        file.write("no TAB\n")
    run("--model", model, "--pairs", table, "--method", "occlusion", "-n", 4, "--max-bad", 0.5)
    assert f"line {len(ROWS) + 2}: " in capsys.readouterr().err
    run("--model", model, "--pairs", table, "--method", "occlusion", "-n", 4, status=1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "study.pdf"), "must end in .json"),
        (("--method", "occlusio"), "no method 'occlusio'"),
        (("--method", "lime:samples"), "not NAME=VALUE"),
        (("--method", "lime:steps=3"), "its options: samples"),
        (("--q", "1"), "--q and --t go together"),
    ],
)
def test_what_is_wrong_is_said_before_the_model_is_loaded(table, caplog, arguments, said):
    run("--model", "nowhere", "--pairs", table, *arguments, status=1)
    assert said in caplog.text
