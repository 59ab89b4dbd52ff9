"""`yiju search` but for the trainings: trials, how a stopped search goes on, what failed, what is said at the end."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
import yaml
from command_line import run
from english_left import english_in

from yiju.base.terminal_language import speak

pytest.importorskip("optuna", reason="optuna is not installed: pip install -r requirements/search.txt")

from yiju.app.search import trial_run
from yiju.app.search.trials import JOURNAL

RUN = Path("results/mine")
SEARCH = RUN / "search"
SPACE = ("--space", "finetune.learning_rate=log:1e-4:1e-2", "--space", "finetune.label_smoothing=0.0,0.1,0.2")
MINE = {"run": "mine", "finetune": {"learning_rate": 0.001}}


class Workflow:
    """Stands for Snakemake: writes the steps of a training whose accuracy follows from its values."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.status: dict[int, int] = {}

    def __call__(self, _run, configs, cores, files, log, _lock, threads) -> int:
        assert cores == "all" or threads == {"finetune_fold": int(cores)}
        status = self.status.get(len(self.calls), 0)
        self.calls.append([str(file) for file in files])
        own = MINE["finetune"]
        if len(configs) > 1:
            variants = yaml.safe_load(configs[-1].read_text(encoding="utf-8"))["variants"]
            own = own | next(iter(variants.values()))["finetune"]
        accuracy = 0.8 - abs(own["learning_rate"] - 0.002) * 20 - own.get("label_smoothing", 0.0) / 100
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("said\n", encoding="utf-8")
        for file in files:
            file.parent.mkdir(parents=True, exist_ok=True)
            lines = [{"update": 1, "loss": 0.5}, {"update": 1, "accuracy": accuracy}, {"update": 2, "accuracy": 0.1}]
            file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return status


@pytest.fixture(autouse=True)
def workflow(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(yaml.safe_dump(MINE), encoding="utf-8")
    standing = Workflow()
    monkeypatch.setattr(trial_run, "make_files", standing)
    yield standing
    speak("en")


def search(*arguments: object, status: int = 0) -> None:
    run("search", "mine.yaml", *SPACE, *arguments, status=status)


def tried(text: str) -> list[str]:
    """The values of the trials, in the order in which they began."""
    return re.findall(r"^trial \d+, \d+ of \d+: (.*)$", text, re.M)


def test_the_run_as_it_stands_is_tried_first_and_trials_are_variants_that_leave_their_steps_alone(workflow, capsys):
    search("--trials", 6)
    said = capsys.readouterr().out

    assert workflow.calls[0] == ["results/mine/folds/0/steps.jsonl"]
    assert workflow.calls[1] == ["results/mine/variants/trial-1/folds/0/steps.jsonl"]
    assert tried(said)[0] == "finetune.learning_rate=0.001, finetune.label_smoothing=0"
    assert (SEARCH / "trials/trial-1.0.steps.jsonl").is_file()
    # Nothing of a trial's models stays; the run's own training does.
    assert not list((RUN / "variants").iterdir()) and (RUN / "folds/0/steps.jsonl").is_file()


def test_it_ends_with_a_table_the_best_values_and_a_file_for_snakemake(capsys):
    Path("Snakefile").touch()
    search("--trials", 8)
    said = capsys.readouterr().out.split("\n")

    head = next(place for place, line in enumerate(said) if line.startswith("trial  "))
    assert said[head].split() == ["trial", "finetune.learning_rate", "finetune.label_smoothing", "accuracy"]
    rows = [line.split() for line in said[head + 1 : head + 9]]
    figures = [float(row[-1]) for row in rows]
    assert figures == sorted(figures, reverse=True) and sorted(int(row[0]) for row in rows) == [*range(8)]
    best = yaml.safe_load((SEARCH / "best.yaml").read_text(encoding="utf-8"))["finetune"]
    assert [f"{best['learning_rate']:g}", f"{best['label_smoothing']:g}"] == rows[0][1:3]
    text = "\n".join(said)
    assert "With the configuration as it stands, trial 0, it is 0.7800." in text
    assert re.search(r"each key explains \(fANOVA\): finetune\.learning_rate \d+ %, finetune\.label_smoothing", text)
    assert "was chosen by dev, so its figure there flatters it" in text
    assert said[-2].split() == [
        "snakemake",
        "--cores",
        "all",
        "--configfile",
        "mine.yaml",
        "results/mine/search/best.yaml",
    ]


def test_a_search_that_is_stopped_goes_on_with_the_same_values_and_tries_none_twice(workflow, capsys):
    search("--trials", 7, "-o", "whole")
    whole = tried(capsys.readouterr().out)
    first = len(workflow.calls)
    # The user stops it in its fourth trial.
    workflow.status[first + 3] = 130
    search("--trials", 7, "-o", "stopped", status=130)
    stopped = capsys.readouterr()
    assert "stopped: the search has stopped; the same command goes on with it" in stopped.err
    search("--trials", 7, "-o", "stopped")
    said = capsys.readouterr().out

    assert "stopped holds a search that goes on; 3 trials are done" in said
    assert tried(stopped.out) == whole[:4] and tried(said) == whole[3:]
    search("--trials", 7, "-o", "stopped")
    assert tried(capsys.readouterr().out) == []


def test_more_trials_are_added_to_those_that_there_are(capsys):
    search("--trials", 2, "--cores", 3)
    # Where there is no workflow in the folder at hand, the command names it.
    assert re.search(r"snakemake --snakefile \S+/Snakefile --cores all --configfile", capsys.readouterr().out)
    search("--trials", 4, "--cores", 2)
    assert len(tried(capsys.readouterr().out)) == 2


@pytest.mark.usefixtures("yiju_log")
def test_a_training_that_fails_is_counted_named_and_left_behind(workflow, capsys, caplog):
    workflow.status[1] = 1
    search("--trials", 3)
    said = capsys.readouterr().out
    assert f"  trial 1 failed: its trainings ended with an error, which {SEARCH}/trials/trial-1.log holds" in said
    assert said.count("no figure\n") == 1 and len(tried(said)) == 3

    # What fails before any trial has ended well would fail in all of them; it is tried again.
    workflow.status[len(workflow.calls)] = 1
    search("--trials", 3, "-o", "other", status=1)
    assert "trial 0 failed, and none has ended well yet" in caplog.text
    search("--trials", 3, "-o", "other")
    assert [line[:7] for line in capsys.readouterr().out.split("\n") if " of 3: " in line][1:] == [
        f"trial {number}" for number in range(3)
    ]


def test_values_that_do_not_go_together_are_told_and_cost_no_training(workflow, capsys):
    space = ("--space", "finetune.loss=cross_entropy,mse", "--space", "finetune.label_smoothing=0.0,0.1")
    run("search", "mine.yaml", *space, "--trials", "12")
    said = capsys.readouterr().out

    assert "failed: finetune (--config): label_smoothing goes with loss: cross_entropy or bce" in said
    # Three combinations can be trained, and each is trained once.
    assert len(workflow.calls) <= 3
    assert "which is not repeated" in said


@pytest.mark.usefixtures("yiju_log")
def test_another_space_seed_or_configuration_is_another_search(caplog):
    search("--trials", 1)
    search("--trials", 1, "--seed", 5, status=1)
    Path("mine.yaml").write_text(yaml.safe_dump(MINE | {"encoder": {"max_length": 32}}), encoding="utf-8")
    search("--trials", 1, "--space", "finetune.warmup=0.0,0.1", status=1)
    assert "a search was begun here otherwise: seed differ" in caplog.text
    assert "encoder.max_length, space.finetune.warmup differ. Give what it was begun with" in caplog.text


def test_a_configuration_out_of_the_space_is_not_tried_and_that_is_said(workflow, capsys):
    run("search", "mine.yaml", "--space", "finetune.learning_rate=log:0.002:0.01", "--trials", "1")
    assert "is not among the values that are searched, and is not tried" in capsys.readouterr().out
    assert "variants" in workflow.calls[0][0]


def test_the_folder_of_a_run_stands_for_its_configuration(workflow):
    RUN.mkdir(parents=True)
    Path("mine.yaml").rename(RUN / "config.yaml")
    run("search", str(RUN), *SPACE, "--trials", "1")
    assert len(workflow.calls) == 1
    run("search", ".", *SPACE, status=2)


@pytest.mark.parametrize(
    ("content", "arguments", "told"),
    [
        (MINE, ["--space", "finetune.lr=1,2"], "finetune.lr (--space): no such key"),
        (MINE | {"sed": 1}, [], "sed (mine.yaml line 4): no such key"),
        (MINE | {"training": {"max_minutes": 5}}, [], "training.max_minutes: a training that stops by itself"),
        (MINE, ["--trials", "0"], "--trials"),
        (MINE, ["--cores", "some"], "'some' is neither all nor a number from 1 on"),
        (MINE, ["nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_what_is_wrong_is_refused_as_usage_before_anything_is_written(workflow, capsys, content, arguments, told):
    Path("mine.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    run("search", "mine.yaml", *arguments, status=2)
    assert told in capsys.readouterr().err
    assert not RUN.exists() and not workflow.calls


@pytest.mark.usefixtures("yiju_log")
def test_without_optuna_the_extra_to_install_is_named(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "optuna", None)
    for name in ("searching", "outcome", "trials"):
        monkeypatch.delitem(sys.modules, f"yiju.app.search.{name}", raising=False)
    search(status=1)
    assert "yiju search needs optuna, which is not installed: pip install '.[search]'" in caplog.text


def test_it_speaks_chinese(workflow, capsys):
    workflow.status[2] = 1
    run("--lang", "zh", "search", "mine.yaml", *SPACE, "--trials", "6")
    run("--lang", "zh", "search", "mine.yaml", *SPACE, "--trials", "6", "--minutes", "0.001")
    lines = [re.sub(r"finetune\.\w+|snakemake .*|\(fANOVA\)", "", one) for one in capsys.readouterr().out.split("\n")]
    assert any("准确率" in line for line in lines)
    assert {line: found for line in lines if (found := english_in(line))} == {}


def test_the_trials_lie_in_a_file_of_optuna():
    search("--trials", 1)
    assert (SEARCH / JOURNAL).read_text(encoding="utf-8").startswith("{")
