"""Which model a command takes where nobody names one, and the folder of a run in the place of a model's."""

import json
import os
import shutil

import pytest
from command_line import run

from yiju import Explainer
from yiju.base.errors import YijuError
from yiju.models.run_folder import newest_run

pytestmark = pytest.mark.usefixtures("yiju_log")
Q, T = "怎么开通花呗", "花呗如何开通"


def make_run(folder, model, members=1, time=1_000_000_000):
    """A run's folder with models as the workflow leaves them, written at a time."""
    for member in range(members):
        shutil.copytree(model, folder / f"folds/{member}/model")
        os.utime(folder / f"folds/{member}/model/model.safetensors", (time, time))
    (folder / "config.resolved.yaml").write_text("seed: 1\n", encoding="utf-8")
    return folder


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("YIJU_MODEL", raising=False)
    return tmp_path


def test_the_newest_run_is_taken_and_named(here, marked_model, capsys):
    make_run(here / "results/old", marked_model, time=1_000_000_000)
    make_run(here / "results/new", marked_model, members=2, time=1_000_000_002)
    make_run(here / "elsewhere", marked_model, time=1_000_000_001)
    run("explain", Q, T, "--json")
    heard = capsys.readouterr()
    assert heard.err.splitlines()[0] == (
        "model: results/new/folds/0/model, the first of 2 members, of the newest run here; --model names another one"
    )
    assert json.loads(heard.out)["q"] == Q


def test_a_run_without_a_whole_model_is_not_finished(here, marked_model):
    make_run(here / "results/old", marked_model)
    half = make_run(here / "results/new", marked_model, time=1_000_000_009)
    (half / "folds/0/model/tokenizer.json").unlink()
    assert newest_run(here) == here / "results/old"
    with pytest.raises(YijuError, match="holds no finished model"):
        Explainer.from_pretrained(half)


@pytest.mark.usefixtures("here")
def test_without_a_run_the_ways_to_name_a_model_are_told(caplog):
    run("predict", "pairs.tsv", status=1)
    for way in ("--model", "YIJU_MODEL", "make run"):
        assert way in caplog.text


def test_the_environment_comes_before_runs(here, marked_model, monkeypatch, capsys):
    make_run(here / "results/new", marked_model)
    monkeypatch.setenv("YIJU_MODEL", str(marked_model))
    run("explain", Q, T, "--json")
    assert f"model: {marked_model}, named by YIJU_MODEL\n" in capsys.readouterr().err


def test_a_run_may_be_named_in_the_place_of_its_model(here, marked_model, caplog):
    folder = make_run(here / "mine", marked_model, members=11)
    explainer = Explainer.from_pretrained(folder)
    assert explainer.predict((Q, T)) == Explainer.from_pretrained(marked_model).predict((Q, T))
    assert f"taken is {folder}/folds/0/model, the first of its 11 members" in caplog.text
