"""The command line: help, models, checkpoints, runs and corpora, and how it answers what is wrong."""

import json
import re
import subprocess
import sys

import pytest
import torch
from command_line import run, run_folder
from safetensors.torch import load_file
from toys import SENTENCES

from yiju import Explainer
from yiju.app.cli import COMMANDS, group
from yiju.job.code_version import SCRIPTS
from yiju.models.folder_files import FOLDER_FILES

pytestmark = pytest.mark.usefixtures("yiju_log")
Q, T = SENTENCES[:2]


def test_help_names_every_command_and_loads_no_torch():
    code = "import sys\nfrom yiju.app.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "sys.exit('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(SCRIPTS)}, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert all(re.search(rf"^  {name} +\S", done.stdout, re.M) for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name, capsys):
    run(name, "--help")
    said = capsys.readouterr().out
    assert f"Usage: yiju {name}" in said
    assert group.get_command(None, name).help


def test_a_command_without_its_libraries_names_the_extra_that_brings_them(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "fastapi", None)
    run("serve", "--help")
    run("serve", "--model", "folder", status=1)
    assert "yiju serve needs fastapi, which is not installed: pip install '.[serve]'" in caplog.text


def test_the_model_may_stand_in_the_environment(marked_model, capsys, monkeypatch):
    monkeypatch.setenv("YIJU_MODEL", str(marked_model))
    run("explain", Q, T, "--json")
    assert json.loads(capsys.readouterr().out)["q"] == Q


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pairs.tsv", "-o", "out.xls"), "out.xls: the name, which gives the format, must end in"),
        (("pairs.tsv", "--q", "2"), "--q and --t go together"),
        (("nothing.tsv",), "nothing.tsv: no such file"),
        (("pairs.log",), "give --format"),
        (("pairs.tsv", "--q", "1", "--t", "9"), "pairs.tsv"),
    ],
)
def test_what_is_wrong_is_named(marked_model, tmp_path, monkeypatch, caplog, arguments, said):
    monkeypatch.chdir(tmp_path)
    for name in ("pairs.tsv", "pairs.log"):
        (tmp_path / name).write_text(f"{Q}\t{T}\n", encoding="utf-8")
    run("predict", *arguments, "--model", marked_model, status=1)
    assert said in caplog.text


def test_a_pickled_checkpoint_becomes_safetensors(marked_model, tmp_path, caplog):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    weights = load_file(marked_model / "model.safetensors")
    torch.save(weights, old / "pytorch_model.bin")
    for name in FOLDER_FILES:
        if name != "model.safetensors":
            (old / name).write_bytes((marked_model / name).read_bytes())
    run("convert-checkpoint", old, new)
    converted = load_file(new / "model.safetensors")
    assert converted.keys() == weights.keys()
    assert all(torch.equal(converted[name], weight) for name, weight in weights.items())
    assert Explainer.from_pretrained(new).predict([(Q, T)]) == Explainer.from_pretrained(marked_model).predict([(Q, T)])
    run("convert-checkpoint", old, new, status=1)
    assert "there already" in caplog.text


def test_two_runs_side_by_side(tmp_path, capsys):
    one, other = run_folder(tmp_path / "a", 0.75, 1, ece=0.1), run_folder(tmp_path / "b", 0.8, 2, ece=0.2)
    run("diff", one, other)
    said = capsys.readouterr().out
    assert "settings: 1 differ\n  seed  1 -> 2\n" in said
    assert "  dev accuracy.model  0.7500 [0.7300, 0.7700] -> 0.8000 [0.7800, 0.8200]  apart\n" in said
    assert "ece" not in said
    run("diff", one, other, "--all", "--json")
    assert json.loads(capsys.readouterr().out)["figures"]["dev ece"] == [0.1, 0.2]
    run("diff", one, one)
    assert "settings: no difference\nfigures: no difference\n" in capsys.readouterr().out


def test_a_folder_that_is_no_run_is_named(tmp_path, caplog):
    run("diff", tmp_path, tmp_path, status=1)
    assert f"{tmp_path}: this is no folder of a run, which holds a config.resolved.yaml" in caplog.text


def test_the_sample_is_here_and_what_is_not_is_named_with_its_publisher(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(SCRIPTS.parent)
    run("corpora")
    said = capsys.readouterr().out
    assert re.search(r"^LCQMC +3 here$", said, re.M)
    assert "missing" not in said
    run("corpora", "--folder", tmp_path)
    said = capsys.readouterr().out
    assert re.search(
        r"^LCQMC +3 missing\n +publisher: http\S+; terms: .+\n +" + re.escape(f"{tmp_path}/LCQMC/"), said, re.M
    )
    run("corpora", "--configfile", "presets/competition.yaml", "--json")
    told = json.loads(capsys.readouterr().out)
    assert {state for of in told.values() for state in of["files"].values()} <= {"here", "to fetch", "missing"}


def test_corpora_needs_the_projects_folder(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    run("corpora", status=1)
    assert "config.yaml: no such configuration file" in caplog.text


@pytest.mark.parametrize("command", ["explain", "compare"])
@pytest.mark.parametrize(
    ("q", "t", "side"), [("", "", "q"), ("花", " ", "t"), ("\u200b", "花", "q"), ("花", "\ue000", "t")]
)
def test_an_empty_sentence_is_named(marked_model, caplog, command, q, t, side):
    run(command, q, t, "--model", marked_model, status=1)
    assert f"pair 0: {side} " in caplog.text
    assert "defect" not in caplog.text


@pytest.mark.parametrize("device", ["cuda:97", "gpu", "banana"])
@pytest.mark.parametrize("command", ["explain", "predict", "serve"])
def test_a_device_that_is_not_here_is_named(marked_model, tmp_path, caplog, command, device):
    (tmp_path / "pairs.tsv").write_text(f"{Q}\t{T}\n", encoding="utf-8")
    given = {"explain": (Q, T), "predict": (tmp_path / "pairs.tsv",), "serve": ("--port", "0")}[command]
    run(command, *given, "--model", marked_model, "--device", device, status=1)
    assert f"error: device '{device}' is not on this machine; there are auto, cpu" in caplog.text
