"""`yiju train` up to the workflow: what it says and writes, how the same command goes on, and what it refuses."""

from __future__ import annotations

import fcntl
import json
import sys
from pathlib import Path

import pytest
import yaml
from command_line import run
from unit.app.training_tables import rows, write

from yiju.app.cli import train
from yiju.app.train import workflow
from yiju.app.train.run_names import run_folder
from yiju.base.errors import YijuError

CONFIG = Path("results/pairs/config.yaml")


@pytest.fixture(autouse=True)
def calls(tmp_path, monkeypatch):
    """Folders, configurations, cores and dry-runs that the workflow was called with; it always ends well."""
    called: list[tuple] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(train, "run_workflow", lambda *arguments: called.append(arguments) or 0)
    write(Path("pairs.csv"), rows(40))
    return called


def test_a_table_becomes_a_configuration_and_the_workflow_runs_with_it(calls, capsys):
    run("train", "pairs.csv", "--cores", "2")
    said = capsys.readouterr().out.split("\n")
    assert said[0].startswith("Only 40 labelled pairs and no checkpoint")
    assert said[1:5] == [
        "pairs.csv: 40 rows; column question is the first sentence, column candidate the second, column same the label",
        "  label yes means similar: 20 rows; no not: 20 rows",
        "15% of the train pairs become dev; 15% of the train pairs become test; connected sentences together",
        "results/pairs/config.yaml holds what was chosen, to be read and edited",
    ]
    assert calls == [(CONFIG.parent, CONFIG, "2", False)]
    assert yaml.safe_load(CONFIG.read_text())["corpora"]["catalogue"]["pairs"]["files"][0]["source"] == "pairs.csv"


def test_the_same_command_goes_on_with_the_configuration_as_it_was_edited(calls, capsys):
    run("train", "pairs.csv")
    CONFIG.write_text(CONFIG.read_text().replace("epochs: 30", "epochs: 7"), encoding="utf-8")
    run("train", "pairs.csv", "--cores", "1")
    assert "results/pairs was begun by this command, and goes on" in capsys.readouterr().out
    assert "epochs: 7" in CONFIG.read_text()
    assert [cores for _, _, cores, _ in calls] == ["all", "1"]


def test_a_command_that_was_stopped_before_the_configuration_was_there_begins_again():
    run("train", "pairs.csv", "--dry-run")
    CONFIG.unlink()
    run("train", "pairs.csv")
    assert CONFIG.is_file()


@pytest.mark.usefixtures("yiju_log")
def test_other_options_and_another_table_are_refused_and_named(calls, caplog):
    run("train", "pairs.csv")
    before = CONFIG.read_bytes()
    run("train", "pairs.csv", "--preset", "trial", status=1)
    assert "--preset was small and is trial" in caplog.text and "give it another name with -o" in caplog.text
    write(Path("dev.csv"), rows(20, first=100))
    run("train", "pairs.csv", "--dev", "dev.csv", status=1)
    assert "dev was none and is dev.csv" in caplog.text
    write(Path("pairs.csv"), rows(50))
    run("train", "pairs.csv", status=1)
    assert "pairs.csv has another content" in caplog.text
    assert CONFIG.read_bytes() == before
    assert len(calls) == 1


@pytest.mark.usefixtures("yiju_log")
def test_a_run_of_snakemake_is_left_alone(caplog):
    Path("results/pairs/data").mkdir(parents=True)
    run("train", "pairs.csv", status=1)
    assert "there is a run of this name that yiju train has not begun" in caplog.text
    assert not CONFIG.exists()


def test_the_status_of_the_workflow_is_that_of_the_command(monkeypatch):
    monkeypatch.setattr(train, "run_workflow", lambda *_: 1)
    run("train", "pairs.csv", status=1)


@pytest.mark.usefixtures("yiju_log")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere.csv"], "nowhere.csv: no such file"),
        (["few.csv"], "few.csv: 10 labelled pairs are too few"),
        (["pairs.csv", "--encoder", "nowhere"], "--encoder nowhere: there is no such folder"),
        (["pairs.csv", "--similar", "yes"], "--similar and --not-similar go together"),
        (["pairs.csv", "-o", "a/b"], "-o a/b: a run has a name"),
        (["pairs.csv", "--test", "deep/pairs.csv"], "two sources have the name pairs.csv"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(arguments, told, caplog, calls):
    write(Path("few.csv"), rows(10))
    write(Path("deep/pairs.csv"), rows(20, first=100))
    run("train", *arguments, status=1)
    assert told in caplog.text
    assert not Path("results").exists() and not calls


def test_cores_are_all_or_a_number():
    run("train", "pairs.csv", "--cores", "some", status=2)


@pytest.mark.usefixtures("yiju_log")
def test_without_snakemake_the_extra_to_install_is_named(monkeypatch, caplog):
    monkeypatch.setattr(workflow.importlib.util, "find_spec", lambda name: None)
    run("train", "pairs.csv", status=1)
    assert "yiju train needs snakemake, which is not installed: pip install '.[workflow]'" in caplog.text


@pytest.mark.parametrize(("name", "folder"), [(None, "pairs"), ("mine", "mine"), ("results/mine", "mine")])
def test_a_run_has_its_folder_below_results(name, folder):
    assert run_folder(name, Path("deep/pairs.csv")) == Path("results", folder)


class Snakemake:
    """In the place of the process: what it was asked, with which status it ends."""

    def __init__(self, monkeypatch, status=0):
        self.asked: list[list[str]] = []
        self.status = status
        monkeypatch.setattr(workflow, "_call", self._call)

    def _call(self, command, *_):
        self.asked.append(command)
        return self.status


def test_what_was_ended_by_sigterm_says_so_whatever_its_process_makes_of_it(tmp_path):
    """So that a search does not take a trial that was ended for one that failed."""
    program = "import os, signal, sys, time\n"
    program += "signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))\n"
    program += "os.kill(os.getppid(), signal.SIGTERM)\ntime.sleep(600)\n"
    with (tmp_path / "lock").open("w") as lock:
        assert workflow._call([sys.executable, "-c", program], lock.fileno()) == workflow.ENDED == 143
        assert workflow._call([sys.executable, "-c", "raise SystemExit(1)"], lock.fileno()) == 1


def test_what_was_killed_is_unlocked_and_what_has_ended_is_not(monkeypatch):
    snakemake, place = Snakemake(monkeypatch), (Path("results/pairs"), CONFIG, "1", False)
    assert workflow.run_workflow(*place) == workflow.run_workflow(*place) == 0
    assert ["--unlock" in command for command in snakemake.asked] == [False, False]
    snakemake.status = -9
    workflow.run_workflow(*place)
    snakemake.status = 1
    assert workflow.run_workflow(*place) == 1
    assert ["--unlock" in command for command in snakemake.asked[2:]] == [False, True, False]
    workflow.run_workflow(*place)
    assert "--unlock" not in snakemake.asked[-1]
    assert all("--rerun-incomplete" in command for command in snakemake.asked)


def test_a_run_that_another_process_is_at_is_not_touched(monkeypatch):
    snakemake = Snakemake(monkeypatch)
    Path("results/pairs").mkdir(parents=True)
    with Path("results/pairs/train.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(YijuError, match="another process is training this run"):
            workflow.run_workflow(Path("results/pairs"), CONFIG, "1", False)
    assert snakemake.asked == []


def test_what_a_run_was_begun_with_is_kept():
    run("train", "pairs.csv", "--max-bad", "0.2")
    kept = json.loads(Path("results/pairs/train.json").read_text())
    assert kept["options"]["max_bad"] == 0.2
    assert kept["tables"]["train"]["file"] == "pairs.csv"
