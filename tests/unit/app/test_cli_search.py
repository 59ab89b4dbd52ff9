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

from yiju.base.tables import ITEMS, empty
from yiju.base.tables import write as write_table
from yiju.base.terminal_language import speak

pytest.importorskip("optuna", reason="optuna is not installed: pip install -r requirements/search.txt")

from yiju.app.search import trial_run
from yiju.app.search.base import read_base
from yiju.app.search.space import read_space
from yiju.app.search.trials import JOURNAL, Trials
from yiju.app.train import workflow as train_workflow

RUN = Path("results/mine")
SEARCH = RUN / "search"
SPACE = ("--space", "finetune.learning_rate=log:1e-4:1e-2", "--space", "finetune.label_smoothing=0.0,0.1,0.2")
MINE = {"run": "mine", "finetune": {"learning_rate": 0.001}}


class Workflow:
    """Stands for Snakemake: writes the steps of a training whose accuracy follows from its values."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.status: dict[int, int] = {}
        self.data, self.figure = b"pairs", "accuracy"

    def __call__(self, _run, configs, cores, files, log, _lock, threads) -> int:
        assert cores == "all" or threads == {"finetune_fold": int(cores)}
        for name in ("augmented", "dev", "texts"):
            write(RUN / f"data/{name}.parquet", self.data)
        write_table(empty(ITEMS), RUN / "data/dev.parquet", ITEMS)
        if all(file.suffix == ".parquet" for file in files):
            assert all(file.is_file() for file in files)
            return 0
        status = self.status.get(len(self.calls), 0)
        self.calls.append([str(file) for file in files])
        own = MINE["finetune"]
        if len(configs) > 1:
            variants = yaml.safe_load(configs[-1].read_text(encoding="utf-8"))["variants"]
            own = own | next(iter(variants.values()))["finetune"]
        accuracy = 0.8 - abs(own["learning_rate"] - 0.002) * 20 - own.get("label_smoothing", 0.0) / 100
        write(log, b"said\n")
        name = self.figure
        for file in files:
            lines = [{"update": 1, "loss": 0.5}, {"update": 1, name: accuracy}, {"update": 2, name: 0.1}]
            write(file, "".join(json.dumps(line) + "\n" for line in lines).encode())
        return status


def write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


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
    return re.findall(r"^trial-\d+, \d+ of \d+: (.*)$", text, re.M)


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
    assert figures == sorted(figures, reverse=True)
    assert sorted(row[0] for row in rows) == [f"trial-{number}" for number in range(8)]
    best = yaml.safe_load((SEARCH / "best.yaml").read_text(encoding="utf-8"))["finetune"]
    assert [f"{best['learning_rate']:g}", f"{best['label_smoothing']:g}"] == rows[0][1:3]
    text = "\n".join(said)
    assert "With the configuration as it stands, trial-0, it is 0.7800." in text
    assert re.search(r"each key explains \(fANOVA\): finetune\.learning_rate \d+ %, finetune\.label_smoothing", text)
    assert "was chosen by dev, so its figure there is too good" in text
    assert "# trial. The workflow with these values:" in (SEARCH / "best.yaml").read_text(encoding="utf-8")
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
    assert f"  trial-1 failed: its trainings ended with an error, which {SEARCH}/trials/trial-1.log holds" in said
    assert said.count("no figure\n") == 1 and len(tried(said)) == 3
    # Nor does the model of a training that failed stay.
    assert not list((RUN / "variants").iterdir())

    # What fails before any trial has ended well would fail in all of them; it is tried again.
    workflow.status[len(workflow.calls)] = 1
    search("--trials", 3, "-o", "other", status=1)
    assert "trial-0 failed, and none has ended well yet" in caplog.text
    search("--trials", 3, "-o", "other")
    assert [line[:7] for line in capsys.readouterr().out.split("\n") if " of 3: " in line][1:] == [
        f"trial-{number}" for number in range(3)
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
    assert "search: the search in this folder was begun with other settings: seed differs. Give the same" in caplog.text
    assert "encoder.max_length, space.finetune.warmup differ. Give the same settings" in caplog.text


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
        (MINE | {"variants": {"trial-3": {"finetune": {"epochs": 2}}}}, [], "variants.trial-3: a search calls its own"),
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


def test_the_first_lines_say_what_is_searched_and_the_configuration_is_asked_for(workflow, capsys):
    search("--trials", 2)
    said = capsys.readouterr().out.split("\n")
    assert said[0] == "Search of the run results/mine, configured by mine.yaml: 2 trials in all."
    assert "The trials are compared on 0 dev pairs." in said
    calls = len(workflow.calls)
    run("search", status=2)
    assert "Missing argument" in capsys.readouterr().err and len(workflow.calls) == calls


def test_few_and_equal_trials_are_said(capsys):
    run("search", "mine.yaml", "--space", "finetune.warmup=0.0,0.1,0.2", "--trials", "2")
    said = capsys.readouterr().out
    assert "All trials have the same accuracy, so that no value is better than another" in said
    assert "(fANOVA) is computed from 4 trials with a figure on; there are 2." in said


def test_a_wrong_value_is_told_in_chinese_with_the_option(capsys):
    for given, told in (
        (
            "finetune.epochs=eins,2",
            "finetune.epochs（--space）：应为数；实为 'eins'；请在 --space finetune.epochs=",
        ),
        ("finetune.lerning_rate=1,2", "没有这个键（是否想写 finetune.learning_rate？）"),
        ("finetune.epochs=", "--space finetune.epochs：没有值；请写成"),
    ):
        run("--lang", "zh", "search", "mine.yaml", "--space", given, status=2)
        assert told in capsys.readouterr().err


def test_chinese_has_spaces_beside_digits_and_latin(capsys):
    run("--lang", "zh", "search", "mine.yaml", *SPACE, "--trials", "2")
    run("--lang", "zh", "search", "mine.yaml", *SPACE, "--trials", "3")
    said = capsys.readouterr().out
    assert "已完成 2 次试验" in said and "由 dev 选出" in said


def test_the_program_is_called_by_its_place_below_this_folder(monkeypatch, capsys):
    write(Path(".venv/bin/snakemake"), b"")
    monkeypatch.setattr(sys, "executable", str(Path(".venv/bin/python").absolute()))
    search("--trials", 1)
    assert "  .venv/bin/snakemake --snakefile" in capsys.readouterr().out


def test_it_speaks_chinese(workflow, capsys):
    workflow.status[2] = 1
    run("--lang", "zh", "search", "mine.yaml", *SPACE, "--trials", "6")
    run("--lang", "zh", "search", "mine.yaml", *SPACE, "--trials", "6", "--minutes", "0.001")
    lines = [re.sub(r"finetune\.\w+|snakemake .*|\(fANOVA\)", "", one) for one in capsys.readouterr().out.split("\n")]
    assert any("准确率" in line for line in lines)
    assert {line: found for line in lines if (found := english_in(line))} == {}


@pytest.mark.usefixtures("yiju_log")
def test_a_search_does_not_go_on_with_other_data(workflow, caplog):
    search("--trials", 2)
    trained = len(workflow.calls)
    workflow.data = b"other pairs"
    search("--trials", 3, status=1)
    assert f"{RUN}/data/augmented.parquet: this table has changed since the search in {SEARCH} began" in caplog.text
    # Nothing was trained on them.
    assert len(workflow.calls) == trained
    workflow.data = b"pairs"
    search("--trials", 3)


@pytest.mark.usefixtures("yiju_log")
def test_test_sets_that_leaks_are_looked_for_in_belong_to_what_a_search_was_begun_with(caplog):
    search("--trials", 1)
    Path("mine.yaml").write_text(yaml.safe_dump(MINE | {"test_sets": {"use": []}}), encoding="utf-8")
    search("--trials", 2, status=1)
    assert "was begun with other settings: test_sets.use differs" in caplog.text


def test_a_trial_that_is_measured_by_another_figure_has_failed(workflow, capsys):
    search("--trials", 1)
    workflow.figure = "mean_accuracy"
    search("--trials", 2)
    told = "trial-1 failed: its trainings were measured by mean_accuracy, and those before by accuracy"
    assert told in capsys.readouterr().out


@pytest.mark.parametrize("drawn", [0, 2])
def test_a_search_that_was_stopped_while_values_were_drawn_goes_on(capsys, drawn):
    """drawn: the trial whose values were being drawn; also the first, which has those of the configuration."""
    search("--trials", 4, "-o", "whole")
    whole = tried(capsys.readouterr().out)
    if drawn:
        search("--trials", drawn)
    space = read_space(SPACE[1::2], read_base([Path("mine.yaml")]).settings.resolved())
    half = Trials(SEARCH, space, 111)
    if not drawn:
        half.begin({"finetune.learning_rate": 0.001, "finetune.label_smoothing": 0.0})
    half.study.ask().suggest_float("finetune.learning_rate", 1e-4, 1e-2, log=True)
    capsys.readouterr()

    search("--trials", 4)

    assert tried(capsys.readouterr().out) == whole[drawn:]


def test_a_dry_run_begins_no_run(monkeypatch):
    monkeypatch.setattr(train_workflow, "_call", lambda *_: 0)
    search("--dry-run")
    assert not RUN.exists()
    # Where there is one, nobody else is at it.
    RUN.mkdir(parents=True)
    with train_workflow.alone(RUN):
        search("--dry-run", status=1)


def test_the_trials_lie_in_a_file_of_optuna():
    search("--trials", 1)
    assert (SEARCH / JOURNAL).read_text(encoding="utf-8").startswith("{")
