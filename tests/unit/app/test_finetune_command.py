"""`yiju finetune`: tables of any labels become folders that open, with figures of pairs that were not learnt."""

from __future__ import annotations

import csv
import json
import random
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
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
from yiju.app.finetuning.given_tables import Learnt
from yiju.app.finetuning.setting_aside import overlaps, split_pairs
from yiju.app.finetuning.targets import Said, target_of
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


def test_distinct_pairs_are_set_aside_where_few_repeat_and_share_a_sentence():
    # One group of connected sentences, and each pair five times.
    rows = [("怎么开通", f"怎么开通{number}", number % 2) for number in range(20)] * 5
    table = pl.DataFrame(rows, schema=["q", "t", "label"], orient="row").with_columns(pl.col("label").cast(pl.Float64))
    said: list[str] = []
    found = split_pairs({"train": Learnt(table)}, Path("few.csv"), 7, said.append)
    assert [len(found[split]) % 5 for split in ("train", "dev", "test")] == [0, 0, 0]
    assert all(len(found[split]) >= 5 for split in ("dev", "test")) and sum(map(len, found.values())) == 100
    told = [set(found[split].table.select("t").to_series()) for split in ("train", "dev", "test")]
    assert not told[0] & told[1] and not told[0] & told[2] and not told[1] & told[2]
    assert said[0].endswith("are set aside as dev: one by one, as too many pairs share sentences")
    # The sentence that all have in common is learnt, so nothing is said of figures that are not too good.
    *shared, last = overlaps(found)
    assert [line.partition(" of ")[2] for line in shared] == [
        "dev have a sentence that is in train too",
        "test have a sentence that is in train or dev too",
    ]
    assert last.endswith("test has sentences of train or dev, so the figures of both are too good")


def test_what_test_has_in_common_with_train_or_dev_is_said():
    def one(*rows):
        columns = {"q": [q for q, _ in rows], "t": [t for _, t in rows], "label": [1.0] * len(rows)}
        return Learnt(pl.DataFrame(columns))

    train, dev, apart = one(("a", "b"), ("c", "d")), one(("e", "f")), one(("x", "y"), ("z", "x"))
    last = "dev chose the weights, so its figures are too good; those of test are not"
    assert list(overlaps({"train": train, "dev": dev, "test": apart})) == [last]
    # The same pair the other way round, a sentence of it on the other side, and a pair of dev.
    test = one(("b", "a"), ("d", "n"), ("e", "f"), ("x", "y"))
    assert list(overlaps({"train": train, "dev": dev, "test": test})) == [
        "2 pairs of test are in train or dev too",
        "1 pair of test has a sentence that is in train or dev too",
        "dev chose the weights, and test has sentences of train or dev, so the figures of both are too good",
    ]


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


def found(labels, own=(), said=None):
    counts = labels if isinstance(labels, dict) else dict.fromkeys(labels, 9)
    return target_of(counts, own, said or Said(), "table")


def test_what_labels_teach():
    two = ("not similar", "similar")
    binary = found(["1", "0"])
    assert binary.classes == two and binary.values(["1", "0", "是", ""], "dev") == {"1": 1.0, "0": 0.0, "是": 1.0}
    # 0 and 1 mean what they always mean, also to a head of three classes.
    assert found(["1", "0"], WORDS) == binary
    own = found(["0", "1", "2"], WORDS)
    assert own.classes == WORDS and own.values(["0", "1", "2.0"], "dev") == {"0": 0.0, "1": 1.0, "2.0": 2.0}
    own = found(["Neutral", "ENTAILMENT", "contradiction"], WORDS)
    assert own.values(["Neutral", "ENTAILMENT"], "dev") == {"Neutral": 1, "ENTAILMENT": 0}
    assert found(["0", "1", "2"], (), Said(("a", "b", "c"))).classes == ("a", "b", "c")
    assert found(["0", "1.5", "3", "5", "nan"]).highest == 5.0
    assert found(["0", "0.25", "0.5", "1"]).highest == 1.0
    # Another table may hold other grades, within the same scale.
    graded = found(["0", "0.25", "0.5", "1"])
    assert graded.values(["0.75", "", "nan"], "dev") == {"0.75": 0.75}
    for wrong in ("1.5", "-1", "high"):
        with pytest.raises(YijuError, match=f"dev: the label '{wrong}' is no grade from 0 to 1"):
            graded.values([wrong], "dev")
    graded = found(["0", "1", "2", "3"], (), Said((), 3.0))
    assert (graded.classes, graded.highest) == (two, 3.0) and graded.values(["3", "2.5"], "x") == {"3": 3, "2.5": 2.5}
    assert found(["矛盾", "蕴含", "中立"]).classes == ("中立", "矛盾", "蕴含")
    with pytest.raises(YijuError, match="no row has a label"):
        found(["", "NaN", "-"])


NLI = {"entailment": 300, "neutral": 300, "contradiction": 300}


@pytest.mark.parametrize("own", [(), WORDS])
def test_spellings_of_a_class_are_one_class_and_no_consensus_is_none(own):
    # Of CMNLI: more pairs without a consensus than one in twenty.
    target = found(NLI | {"Neutral": 50, "neutral ": 3, "ENTAILMENT": 1, "-": 150}, own)
    assert sorted(target.classes) == ["contradiction", "entailment", "neutral"]
    values = target.values(["neutral", "Neutral", "neutral ", " NEUTRAL", "-"], "dev")
    assert set(values) == {"neutral", "Neutral", "neutral ", " NEUTRAL"}
    assert set(values.values()) == {target.classes.index("neutral")}


def test_words_that_nobody_knows_are_classes_in_one_spelling_each():
    target = found({"asks": 9, "Asks": 20, "answers": 8, "answers ": 1, "not_said": 5, "Not said": 4})
    assert target.classes == ("Asks", "answers", "not_said")
    assert target.values(["ASKS", "Not Said"], "dev") == {"ASKS": 0, "Not Said": 2}


def test_a_few_other_labels_beside_relations_are_left_out_in_all_tables():
    target = found(NLI | {"hidden": 20})
    assert target.classes == ("contradiction", "entailment", "neutral")
    assert target.values(["hidden", "neutral"], "dev") == {"neutral": 2}
    # A head that has such a class learns it.
    assert found(NLI | {"hidden": 20}, (*WORDS, "hidden")).values(["hidden"], "dev") == {"hidden": 3}


def test_classes_that_only_dev_or_test_has_are_no_rows_to_leave_out(caplog):
    train = write("train.csv", named(pairs(60), ("entailment", "contradiction", "entailment")))
    test = write("test.csv", named(pairs(30, 2)))
    run("finetune", "start", train, "--test", test, "-o", "out", "--epochs", "0.2", status=1)
    assert "test.csv: the label 'neutral' is none of the classes contradiction, entailment" in caplog.text
    assert not Path("out").exists()
    # A head that has the class is measured on it.
    assert found(["entailment", "contradiction"], WORDS).values(["neutral"], "test") == {"neutral": 1}


@pytest.mark.parametrize(
    "labels", [["0", "1", "2", "3", "4"], ["0", "1", "2", "3", "4", "5"], ["1.0", "2.0", "3", "4"]]
)
def test_whole_numbers_are_no_grades_until_somebody_says_so(labels):
    with pytest.raises(YijuError, match="it is not clear what the labels mean"):
        found(labels)
    assert found(labels, (), Said((), 5.0)).highest == 5.0
