"""`yiju study` from the command line: what it prints and writes, and how it answers what is wrong."""

import json
import math
import re

import pytest
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.cli import main as yiju
from yiju.encoder import FOLDER_FILES
from yiju.encoder.folder import save_folder
from yiju.study.told import html, markdown

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


@pytest.mark.parametrize(("kind", "shown"), [("md", "| gradient\\_l2 | by deletion | 0."), ("html", ">gradient_l2<")])
def test_documents_hold_the_same_figures(model, table, kind, shown):
    out = table.with_name(f"study.{kind}")
    run("--model", model, "--pairs", table, "--method", "gradient_l2", "-n", 6, "-o", out)
    told = table.with_name("study.json")
    run("--model", model, "--pairs", table, "--method", "gradient_l2", "-n", 6, "-o", told)
    text, facts = out.read_text(encoding="utf-8"), json.loads(told.read_text(encoding="utf-8"))
    assert shown in text
    row = next(row for row in facts["methods"] if row["method"] == "gradient_l2")
    word = next(word for word, count in facts["judged"].items() if count)
    key = f"one_sided.beyond_random.mask.{word}"
    figure = f"{row[key]:+.2f} [{row[key + '.low']:+.2f}, {row[key + '.high']:+.2f}]"
    assert figure in text.replace("\\[", "[").replace("\\]", "]")


def test_nothing_of_others_is_markup():
    facts = {"judged": {"similar": 0, "not_similar": 0}, "methods": [], "left_out": {}, "notes": ["<b>a|b</b>"]}
    facts["recommended"] = {"method": None, "reason": "none", "fails": {}}
    assert "\\<b\\>a\\|b\\</b\\>" in markdown(facts)
    page = html(facts)
    assert "&lt;b&gt;a|b&lt;/b&gt;" in page
    assert "<script" not in page


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


def explainer_of(model):
    return Explainer.from_pretrained(model, device="cpu")


def attributed(model, pairs, path, **change):
    """The attributions of occlusion as those of another program."""
    explained = explainer_of(model).explain(pairs, "occlusion")
    rows = [
        {"pair": 1 + ROWS.index((one.q, one.t)), "side": name, "start": part.start, "end": part.end}
        | {"score": part.score, "label": one.label}
        | change
        for one in explained
        for name, side in zip("qt", one.sides, strict=True)
        for part in side.segments
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_attributions_of_another_program_are_measured_like_ours(model, table, capsys):
    theirs, out = table.with_name("theirs.jsonl"), table.with_name("study.json")
    attributed(model, ROWS[3:13], theirs)
    run("--model", model, "--pairs", table, "--method", "occlusion", "--attributions", theirs, "-o", out)
    facts, heard = json.loads(out.read_text(encoding="utf-8")), capsys.readouterr()
    assert facts["items"] == 10
    assert f"theirs explains 10 of {len(ROWS)} distinct pairs" in heard.out
    assert f"{len(ROWS) - 10} of {len(ROWS)} distinct pairs are left out of all methods" in heard.out
    ours, other = (next(row for row in facts["methods"] if row["method"] == name) for name in ("occlusion", "theirs"))
    assert ours.keys() - other.keys() == {"seconds_per_pair"}
    figures = [key for key in other if isinstance(other[key], float)]
    assert [other[key] for key in figures] == pytest.approx([ours[key] for key in figures], abs=1e-6)


def test_a_pair_of_which_another_label_was_explained_is_left_out(model, table, capsys):
    theirs, out = table.with_name("theirs.jsonl"), table.with_name("study.json")
    pairs = ROWS[:6]
    odds = sorted(math.log(one.probability / (1 - one.probability)) for one in explainer_of(model).predict(pairs))
    # Two of the pairs are judged similar.
    margin = (odds[3] + odds[4]) / 2
    attributed(model, pairs, theirs, label=0)
    arguments = ("--model", model, "--pairs", table, "--method", "occlusion", "--attributions", theirs)
    run(*arguments, "--margin", margin, "-o", out)
    heard = capsys.readouterr()
    named = re.findall(
        r"^.*theirs.jsonl line \d+: theirs explains “not similar”, but the model judges “similar”; ", heard.err, re.M
    )
    assert len(named) == 2
    assert json.loads(out.read_text(encoding="utf-8"))["items"] == 4
    assert "2 pairs are left out: another label was explained" in heard.out
    run(*arguments, "--margin", odds[0] - 1, status=1)


def test_bad_rows_of_attributions_are_named_and_nothing_is_measured(model, table, capsys, caplog):
    theirs = table.with_name("theirs.csv")
    theirs.write_text("pair,side,start,end,score\n1,q,0,1,1\n1,q,0,99,1\n1,x,0,1,1\n", encoding="utf-8")
    run("--model", model, "--pairs", table, "--method", "occlusion", "--attributions", theirs, status=1)
    heard = capsys.readouterr().err
    assert f"{theirs} line 3: " in heard and f"{theirs} line 4: " in heard
    assert "2 rows cannot be used" in caplog.text
    assert "measured" not in heard


def test_attributions_of_other_pairs_end_in_an_error(model, table, caplog):
    theirs = table.with_name("theirs.csv")
    theirs.write_text("q,t,side,start,end,score\n不在,表里,q,0,1,1\n", encoding="utf-8")
    run("--model", model, "--pairs", table, "--method", "occlusion", "--attributions", theirs, status=1)
    assert f"1 pairs are not in {table}" in caplog.text
    assert "no pair of" in caplog.text


def test_files_are_looked_for_before_the_model(table, caplog):
    run("--model", "nowhere", "--pairs", table, "--attributions", "nothing.csv", status=1)
    assert "nothing.csv: no such file" in caplog.text
    same = table.with_suffix(".json")
    table.rename(same)
    run("--model", "nowhere", "--pairs", same, "-o", same, status=1)
    assert "a file that is read" in caplog.text
