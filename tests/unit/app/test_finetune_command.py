"""`yiju finetune`: tables of any labels become folders that open, with figures of pairs that were not learnt."""

from __future__ import annotations

import csv
import json
import random
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from command_line import run
from families import Row, build_row
from safetensors.torch import load_file
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import f1_score
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.app.finetuning import run as steps
from yiju.app.train.workflow import alone
from yiju.base.errors import YijuError
from yiju.models.calibration.apply import difference, probability
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES

pytestmark = pytest.mark.usefixtures("yiju_log")
WORDS = ("entailment", "neutral", "contradiction")
# A character of the second sentence that gives the label away, so that a tiny model finds it.
SIGNS = ("花", "手", "多")
LETTERS = sorted(set("".join(SENTENCES)) - set(SIGNS))
FAST = ("--epochs", "4", "--learning-rate", "1e-2", "--batch-size", "8")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # With opinions: a head learns from them in a few passes.
    save_folder(*classifier(Path("start")), [Path("start") / name for name in FOLDER_FILES])
    return tmp_path


def pairs(count: int, seed: int = 0) -> list[tuple[str, str, int]]:
    """Pairs whose class, 0 to 2, is told by a character of the second sentence."""
    draw = random.Random(seed)

    def text(size: int) -> str:
        return "".join(draw.choices(LETTERS, k=size))

    return [(f"{text(4)}{seed}", f"{SIGNS[number % 3] * 3}{text(2)}", number % 3) for number in range(count)]


def write(name: str, rows: list, header: tuple = ("q", "t", "label")) -> str:
    with Path(name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return name


def named(rows: list, words: tuple = WORDS) -> list:
    return [(q, t, words[number]) for q, t, number in rows]


def figures(out: str) -> dict:
    return json.loads(Path(out, "figures.json").read_text(encoding="utf-8"))


def test_three_classes_are_learnt_and_measured_on_pairs_of_their_own(capsys):
    rows = pairs(150)
    run("finetune", "start", write("nli.csv", named(rows)), "-o", "out", *FAST)
    said, found = capsys.readouterr().out, figures("out")
    assert "nli.csv: 150 labelled pairs; column q is the first sentence" in said
    assert "contradiction 50, entailment 50, neutral 50" in said
    assert found["pairs"] + found["dev"]["pairs"] + found["test"]["pairs"] == 150
    assert found["dev"]["pairs"] == 15 and found["test"]["pairs"] >= 13
    assert found["test"]["accuracy"] > 0.8 > found["test"]["most_frequent"]
    assert f"test, {found['test']['pairs']} pairs: accuracy {found['test']['accuracy']:.3f} [" in said
    explainer = Explainer.from_pretrained("out")
    assert explainer.scorer.classes == ("contradiction", "entailment", "neutral")
    right = [
        one.label_name == WORDS[row[2]] for one, row in zip(explainer.predict([r[:2] for r in rows]), rows, strict=True)
    ]
    assert np.mean(right) > 0.9
    assert explainer.explain(rows[0][:2], target="entailment").target == "entailment"
    assert not list(Path().glob(".out*"))


def test_figures_are_those_of_the_tables_that_are_given(capsys):
    train, dev, test = (
        write(f"{name}.csv", named(pairs(size, seed)))
        for seed, (name, size) in enumerate([("train", 90), ("dev", 30), ("test", 33)])
    )
    run("finetune", "start", train, "--dev", dev, "--test", test, "-o", "out", *FAST)
    assert "set aside" not in capsys.readouterr().out
    rows, explainer, found = pairs(33, 2), Explainer.from_pretrained("out"), figures("out")
    said = [one.label_name for one in explainer.predict([row[:2] for row in rows])]
    gold = [WORDS[row[2]] for row in rows]
    assert (found["pairs"], found["dev"]["pairs"], found["test"]["pairs"]) == (90, 30, 33)
    assert found["test"]["accuracy"] == pytest.approx(
        np.mean([one == two for one, two in zip(said, gold, strict=True)]), abs=1e-6
    )
    assert found["test"]["macro_f1"] == pytest.approx(f1_score(gold, said, average="macro"), abs=1e-6)


@pytest.mark.parametrize("loss", ["bce", "mse"])
def test_grades_train_one_logit_and_are_measured_by_correlations(loss, capsys):
    rows = [(q, t, (0.5, 2.5, 5)[number]) for q, t, number in pairs(150)]
    test = [(q, t, (0, 2.5, 4.5)[number]) for q, t, number in pairs(30, 4)]
    table, held = write("sts.csv", rows, ("q", "t", "score")), write("test.csv", test, ("q", "t", "score"))
    # These grades might be classes: four different ones are on the scale of 5 by themselves.
    run(
        "finetune",
        "start",
        table,
        "--test",
        held,
        "--label",
        "score",
        "--highest",
        "5",
        "--loss",
        loss,
        "-o",
        "out",
        *FAST,
    )
    assert "grades from 0 to 5, higher is more similar; their mean is 2.67" in capsys.readouterr().out
    explainer, found = Explainer.from_pretrained("out"), figures("out")
    outputs, _ = explainer.outputs([row[:2] for row in test])
    numbers, grades = probability(difference(outputs)), np.array([row[2] for row in test])
    assert found["test"]["pearson"] == pytest.approx(pearsonr(numbers, grades).statistic, abs=1e-6)
    assert found["test"]["spearman"] == pytest.approx(spearmanr(numbers, grades).statistic, abs=1e-6)
    assert found["test"]["spearman"] > 0.7
    assert explainer.scorer.single and explainer.predict(rows[0][:2]).label is None


def test_a_head_of_these_classes_goes_on_in_the_order_that_it_has():
    build_row(Row("three labels", "bert"), Path("nli"))
    before, rows = load_file("nli/model.safetensors"), pairs(60)
    run("finetune", "nli", write("nli.csv", named(rows)), "-o", "out", "--epochs", "0.1", "--learning-rate", "1e-6")
    after = load_file("out/model.safetensors")
    assert Explainer.from_pretrained("out").scorer.classes == WORDS
    assert all(float((after[name] - weight).abs().max()) < 1e-4 for name, weight in before.items())
    # Numbers are those of the head's classes.
    run("finetune", "nli", write("numbers.csv", rows), "-o", "again", "--epochs", "0.1", "--learning-rate", "1e-6")
    for name, weight in load_file("again/model.safetensors").items():
        torch.testing.assert_close(weight, after[name], rtol=0, atol=0)


def test_a_reranker_goes_on_with_one_logit_from_two_labels():
    build_row(Row("cross-encoder", "xlm-roberta"), Path("reranker"))
    rows = [(q, t, number % 2) for number, (q, t, _) in enumerate(pairs(60))]
    run("finetune", "reranker", write("two.csv", rows), "-o", "out", "--epochs", "0.1")
    assert Explainer.from_pretrained("out").scorer.family == "cross-encoder"
    assert {"accuracy", "macro_f1"} < set(figures("out")["test"])
    run("finetune", "reranker", "two.csv", "-o", "two", "--epochs", "0.1", "--loss", "cross_entropy")
    assert Explainer.from_pretrained("two").scorer.classes == ("not similar", "similar")


def stopped(*_):
    raise YijuError("stopped")


def test_a_killed_training_goes_on_and_another_one_is_refused(monkeypatch, caplog):
    write("nli.csv", named(pairs(90)))
    given = ("finetune", "start", "nli.csv", "-o", "out", "--epochs", "1")
    measured = steps._measured
    monkeypatch.setattr(steps, "_measured", stopped)
    run(*given, status=1)
    assert Path(".out.finetune/saves").is_dir() and not Path("out").exists()
    run(*given[:-1], "2", status=1)
    assert "another training was begun for out; give its command again to go on" in caplog.text
    monkeypatch.setattr(steps, "_measured", measured)
    saved = load_file(".out.finetune/model/model.safetensors")
    run(*given)
    assert not Path(".out.finetune").exists()
    for name, weight in load_file("out/model.safetensors").items():
        torch.testing.assert_close(weight, saved[name], rtol=0, atol=0)
    run(*given, status=1)
    assert "out: is there already; name a folder that is not, with -o" in caplog.text


def test_techniques_are_taken_from_a_file_and_options_count_more():
    more = "finetune: {ema: {enabled: true, decay: 0.5}, epochs: 9}\ntraining: {precision: fp32}\n"
    Path("more.yaml").write_text(more, encoding="utf-8")
    write("nli.csv", named(pairs(60)))
    given = ("finetune", "start", "nli.csv", "--epochs", "0.5", "--learning-rate", "1e-3")
    run(*given, "-o", "plain")
    run(*given, "-o", "averaged", "--config", "more.yaml", "--gradient-checkpointing")
    plain, averaged = (load_file(f"{name}/model.safetensors") for name in ("plain", "averaged"))
    assert plain.keys() == averaged.keys()
    assert any(not torch.equal(plain[name], averaged[name]) for name in plain)


@pytest.mark.skipif(find_spec("peft") is None, reason="LoRA needs peft")
def test_low_rank_matrices_are_added_to_the_weights_at_the_end():
    write("nli.csv", named(pairs(60)))
    run("finetune", "start", "nli.csv", "-o", "out", "--epochs", "0.2", "--lora")
    assert not [name for name in load_file("out/model.safetensors") if "lora" in name]


REFUSED = [
    (["1", "2", "3"], (), "it is not clear what the labels mean: '1', '2', '3'; name the classes that they number"),
    (WORDS, ("--loss", "mse"), "--loss mse learns one logit, and there are 3 classes; leave it out"),
    (("0", "2", "9"), ("--highest", "5"), "the label '9' is no grade from 0 to 5"),
    (("0", "0.5", "1"), ("--highest", "1", "--loss", "cross_entropy"), "learns classes, and the labels are grades"),
    (
        WORDS,
        ("--classes", "entailment,neutral"),
        "the label 'contradiction' is none of the classes entailment, neutral",
    ),
    (WORDS, ("--classes", "a,a"), "--classes names a, a; name two or more, each once"),
    (WORDS, ("--config", "run.yaml"), "--config: the section corpora is read in a run of the workflow only"),
    (WORDS, ("--config", "bad.yaml"), "bad.yaml: holds no sections"),
    (WORDS, ("--config", "text.yaml"), "text.yaml line 1: the file must hold keys with values"),
    (WORDS, ("--config", "none.yaml"), "none.yaml: no such file"),
    (WORDS, ("--config", "key.yaml"), "finetune.epoch"),
    (WORDS, ("--config", "twice.yaml"), "finetune.epochs (twice.yaml line 3): this key is at line 2 already"),
    (WORDS, ("--dev", "none.csv"), "none.csv: no such file"),
]


@pytest.mark.parametrize(
    ("words", "options", "said"), REFUSED, ids=lambda value: value[:30] if isinstance(value, str) else None
)
def test_what_cannot_be_learnt_is_refused_before_anything_is_written(caplog, words, options, said):
    write("table.csv", named(pairs(60), tuple(words)))
    Path("run.yaml").write_text("corpora: {use: [LCQMC]}\n", encoding="utf-8")
    Path("bad.yaml").write_text("finetune: 3\n", encoding="utf-8")
    Path("text.yaml").write_text("finetune\n", encoding="utf-8")
    Path("twice.yaml").write_text("finetune:\n  epochs: 1\n  epochs: 2\n", encoding="utf-8")
    Path("key.yaml").write_text("finetune: {epoch: 3}\n", encoding="utf-8")
    run("finetune", "start", "table.csv", "-o", "out", *options, status=1)
    assert said in caplog.text
    assert not Path("out").exists() and not Path(".out.finetune/saves").exists()


def test_other_kinds_of_models_and_few_pairs_are_refused(caplog):
    build_row(Row("bi-encoder", "bert"), Path("bi"))
    write("table.csv", named(pairs(60)))
    run("finetune", "bi", "table.csv", "-o", "out", status=1)
    assert "its modules are Transformer, Pooling; yiju finetune trains classifiers and cross-encoders" in caplog.text
    write("few.csv", named(pairs(12)))
    run("finetune", "start", "few.csv", "-o", "out", status=1)
    assert "few.csv: holds 12 different labelled pairs, too few" in caplog.text
    # However often each of them stands there.
    write("one.csv", named(pairs(1)) * 40 + named(pairs(12, 1)))
    run("finetune", "start", "one.csv", "-o", "out", status=1)
    assert "one.csv: holds 13 different labelled pairs, too few" in caplog.text


def test_rows_that_teach_nothing_are_counted_and_leaks_are_told(capsys):
    rows = named(pairs(90))
    table = write("nli.csv", [*rows, ("甲句子", "乙句子", ""), ("甲句子", "丙句子", "N/A"), ("", "丙", "neutral")])
    dev = write("dev.csv", [*rows[:3], *named(pairs(20, 7)), ("甲", "乙", "-")])
    run("finetune", "start", table, "--dev", dev, "-o", "out", "--epochs", "0.2", "--max-bad", "0.1")
    said = capsys.readouterr().out
    assert "1 row without a label is left out" in said
    assert "1 row with other labels, such as 'N/A', is left out" in said
    assert "1 row is no pairs and left out" in said or "1 row is no pair and left out" in said
    assert "1 row with other labels, such as '-', is left out" in said
    assert re.search("[1-3] pairs? of dev (is|are) in train too", said)


def test_pairs_that_contradict_each_other_are_named(capsys):
    rows = named(pairs(60))
    (q, t, _), other = rows[0], rows[1]
    write("twice.csv", [*rows, (t, q, "neutral"), other])
    run("finetune", "start", "twice.csv", "-o", "out", "--epochs", "0.1")
    said = f"1 pair stands there with different labels, such as {q} | {t}: entailment, neutral"
    assert said in capsys.readouterr().out


def test_two_commands_do_not_train_in_one_folder(caplog):
    write("nli.csv", named(pairs(60)))
    with alone(Path(".out.finetune")):
        run("finetune", "start", "nli.csv", "-o", "out", status=1)
    assert ".out.finetune: another process is training this run; wait until it has ended" in caplog.text
    assert not Path("out").exists() and not Path(".out.finetune/saves").exists()
    run("finetune", "start", "nli.csv", "-o", "out", "--epochs", "0.1")
    assert Path("out").is_dir() and not Path(".out.finetune").exists()


def test_classes_that_only_dev_or_test_has_are_no_rows_to_leave_out(caplog):
    train = write("train.csv", named(pairs(60), ("entailment", "contradiction", "entailment")))
    test = write("test.csv", named(pairs(30, 2)))
    run("finetune", "start", train, "--test", test, "-o", "out", "--epochs", "0.2", status=1)
    assert "test.csv: the label 'neutral' is none of the classes contradiction, entailment" in caplog.text
    assert not Path("out").exists()
