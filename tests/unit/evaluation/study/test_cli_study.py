"""`yiju study` from the command line: what it prints and writes, and how it answers what is wrong."""

import json
import math
import re

import pytest
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.app.cli import main as yiju
from yiju.app.cli.study import _apart
from yiju.explain.notes import introduction
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.report.study_text import doubts

pytestmark = pytest.mark.usefixtures("yiju_log")
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
    assert re.search(
        r"^2 of 4  lime:samples=20: measured, \d+ ms of the processor a pair; about .* left$", heard.err, re.M
    )
    assert "4 of 4  trivial: random segments: measured\n" in heard.err
    # The cost is said before the first method is measured.
    assert re.search(r"^2 methods on 8 pairs: about .* make it shorter\n1 of 4  occlusion", heard.err, re.M)
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
    assert figure in " ".join(re.sub(r"<[^>]*>|\\|×", "", text).split())


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
        (("--method", "kernel_shap:"), "an option is missing"),
        (("--method", "lime:samples=20,"), "an option is missing"),
        (("-o", "/dev/null/study.md"), "/dev/null/study.md: cannot be written, because /dev/null takes no new file"),
        (("--q", "1"), "--q and --t go together"),
    ],
)
def test_what_is_wrong_is_said_before_the_model_is_loaded(table, caplog, arguments, said):
    run("--model", "nowhere", "--pairs", table, *arguments, status=1)
    assert said in caplog.text


def test_what_is_given_twice_is_measured_once_and_said(model, table, capsys):
    theirs = table.with_name("theirs.jsonl")
    attributed(model, ROWS[:4], theirs)
    twice = ("--method", "occlusion", "--attributions", theirs) * 2
    run("--model", model, "--pairs", table, *twice)
    heard = capsys.readouterr().err
    assert "--method occlusion: given 2 times, measured once" in heard
    assert f"--attributions {theirs}: given 2 times, measured once" in heard


def test_the_file_is_written_before_anything_is_printed(model, table, monkeypatch):
    out = table.with_name("study.md")
    there = []
    say = "yiju.app.cli.study.say"
    monkeypatch.setattr(say, lambda text, err=False: None if err else there.append(out.exists()))
    run("--model", model, "--pairs", table, "--method", "occlusion", "-n", 4, "-o", out)
    assert there and all(there)


def test_it_says_what_predict_says_of_the_pairs_and_the_model(model, table, capsys):
    text = table.read_text(encoding="utf-8")
    table.write_text(f"{'😀' * 9}\t{ROWS[0][1]}\n{ROWS[0][0] * 30}\t{ROWS[0][1]}\n{text}", encoding="utf-8")
    out = table.with_name("study.html")
    run("--model", model, "--pairs", table, "--method", "occlusion", "-o", out)
    heard, explainer = capsys.readouterr().out, explainer_of(model)
    told = [
        f"1 of {len(ROWS) + 2} measured pairs holds characters that the model's vocabulary does not",
        f"In 1 of {len(ROWS) + 2} measured pairs half of the characters or more are unknown to the model: do not rely",
        f"1 of {len(ROWS) + 2} measured pairs is longer than the model reads",
        *introduction(explainer.about, explainer.decision),
    ]
    for sentence in told:
        assert sentence in heard
        assert sentence in out.read_text(encoding="utf-8").replace("&#39;", "'")
    assert doubts(explainer.predict(ROWS)) == []


def test_methods_may_be_parted_by_commas():
    assert _apart(("occlusion,lime:samples=20,kernel_width=0.5,gim", "sobol")) == (
        "occlusion",
        "lime:samples=20,kernel_width=0.5",
        "gim",
        "sobol",
    )


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
    assert f"10 of {len(ROWS)} distinct pairs of {table}, judged by" in heard.out
    ours, other = (next(row for row in facts["methods"] if row["method"] == name) for name in ("occlusion", "theirs"))
    alone = {key for key in ours if key.startswith("randomisation")}
    assert ours.keys() - other.keys() == alone | {"seconds_per_pair"}
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
    theirs.write_text("pair,side,start,end,score\n1,q,0,99,1\n", encoding="utf-8")
    run("--model", model, "--pairs", table, "--method", "occlusion", "--attributions", theirs, status=1)
    assert "1 row cannot be used" in caplog.text


def test_a_pair_that_is_there_under_two_numbers_is_measured_by_the_first_and_said(model, table, capsys):
    theirs = table.with_name("theirs.jsonl")
    attributed(model, ROWS[:4], theirs)
    again = {"pair": len(ROWS) + 1, "side": "q", "start": 0, "end": 1, "score": 9}
    with theirs.open("a", encoding="utf-8") as file:
        file.write(json.dumps(again) + "\n")
    run("--model", model, "--pairs", table, "--method", "occlusion", "--attributions", theirs)
    assert "1 pair is there again under another number; the attributions of the number that comes first" in (
        capsys.readouterr().out
    )


def test_pairs_that_the_table_does_not_hold_are_named_by_their_rows(model, table, tmp_path):
    theirs, out = table.with_name("theirs.jsonl"), tmp_path / "study.html"
    attributed(model, ROWS[:2], theirs)
    rows = theirs.read_text(encoding="utf-8").splitlines()
    other = [
        json.dumps({"q": f"不在{number}", "t": "表里", "side": side, "start": 0, "end": 1, "score": 1})
        for number in range(25)
        for side in "qt"
    ]
    theirs.write_text("\n".join([*rows, *other]), encoding="utf-8")
    run("--model", model, "--pairs", table, "--method", "occlusion", "--attributions", theirs, "-o", out)
    page, first = out.read_text(encoding="utf-8"), len(rows) + 1
    places = ", ".join(f"line {first + 2 * number}" for number in range(20))
    assert f"25 pairs are not in {table} and not measured; first rows: {places} …<" in page


def test_attributions_of_other_pairs_end_in_an_error(model, table, caplog):
    theirs = table.with_name("theirs.csv")
    theirs.write_text("q,t,side,start,end,score\n不在,表里,q,0,1,1\n", encoding="utf-8")
    run("--model", model, "--pairs", table, "--method", "occlusion", "--attributions", theirs, status=1)
    assert f"1 pair is not in {table} and not measured; first rows: line 2;" in caplog.text
    assert "no pair of" in caplog.text


def test_files_are_looked_for_before_the_model(table, caplog):
    run("--model", "nowhere", "--pairs", table, "--attributions", "nothing.csv", status=1)
    assert "nothing.csv: no such file" in caplog.text
    same = table.with_suffix(".json")
    table.rename(same)
    run("--model", "nowhere", "--pairs", same, "-o", same, status=1)
    assert "a file that is read" in caplog.text
