"""What the command line says of the model that it was given, and of judgements that nobody should rely on."""

from __future__ import annotations

import json
import shutil

import pytest
from toys import SENTENCES, classifier

from yiju import Explainer
from yiju.app.cli import main as yiju
from yiju.base.files import sha256
from yiju.models.folder import save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.model_facts import ABOUT, About, Accuracy, write_about

pytestmark = pytest.mark.usefixtures("yiju_log")

Q, T = SENTENCES[:2]
HOSTILE = "sample\x1b[2J<b>"


@pytest.fixture(scope="module")
def silent(tmp_path_factory):
    """A model folder that says nothing of itself."""
    folder = tmp_path_factory.mktemp("silent")
    save_folder(*classifier(folder, marker=True), [folder / name for name in FOLDER_FILES])
    return folder


@pytest.fixture(scope="module")
def known(silent, tmp_path_factory):
    """The same one with figures, and a name that would steer a terminal."""
    folder = tmp_path_factory.mktemp("known")
    shutil.copytree(silent, folder, dirs_exist_ok=True)
    figures = {"value": 0.9, "low": 0.88, "high": 0.92, "overlap": 0.95, "majority": 0.5, "beside_overlap": "below"}
    accuracy = Accuracy(set="test", pairs=800, synthetic=False, chose=False, **figures)
    facts = {"threshold": 0.5, "weights": sha256(folder / "model.safetensors")}
    write_about(folder, About(name=HOSTILE, corpora=("A",), synthetic=True, accuracy=(accuracy,), **facts))
    return folder


def run(*arguments, status=0):
    with pytest.raises(SystemExit) as end:
        yiju([str(argument) for argument in arguments])
    assert (end.value.code or 0) == status


def test_explain_and_compare_name_the_model_and_its_accuracy(known, silent, capsys):
    for command in (("explain",), ("compare", "--method", "occlusion")):
        run(command[0], Q, T, "--model", known, *command[1:])
        said = capsys.readouterr().out
        assert "The model sample\\u001b[2J<b> learnt from pairs of A (synthetic rows" in said
        assert "\x1b[2J" not in said
        assert "Do not use it: a rule that counts shared characters does better." in said
        run(command[0], Q, T, "--model", silent, *command[1:])
        assert "Nothing is known of this model's accuracy" in capsys.readouterr().out


def test_what_programs_read_is_left_as_it_was(known, silent, capsys):
    told = []
    for folder in (known, silent):
        run("explain", Q, T, "--model", folder, "--json")
        told.append(json.loads(capsys.readouterr().out))
    assert told[0] == told[1]
    assert "about" not in told[0]


def test_predict_warns_of_pairs_of_which_the_model_knows_too_little(known, tmp_path, capsys):
    rows = [(Q, T), ("龘靐", "齉齾"), (f"{Q}龘", T), (Q * 20, T)]
    (tmp_path / "p.tsv").write_text("".join(f"{q}\t{t}\n" for q, t in rows), encoding="utf-8")
    run("predict", tmp_path / "p.tsv", "-o", tmp_path / "j.jsonl", "--model", known)
    said = capsys.readouterr()
    assert said.out == ""
    assert "4 of 4 rows judged\n" in said.err
    assert "2 of the pairs hold characters that the model's vocabulary does not (column yiju_unknown)" in said.err
    assert "of 1 pair these are half or more: do not rely on what is judged of them" in said.err
    assert "1 of the pairs is longer than the model reads (column yiju_truncated)" in said.err
    assert "The model sample\\u001b[2J<b> learnt from" in said.err


def test_a_broken_file_is_one_error_before_anything_is_judged(known, tmp_path, caplog, capsys):
    shutil.copytree(known, tmp_path / "broken")
    (tmp_path / "broken" / ABOUT).write_text('{"name": "\x1b[2J"}', encoding="utf-8")
    run("explain", Q, T, "--model", tmp_path / "broken", status=1)
    assert "this is not what the rule write_card writes" in caplog.text
    assert capsys.readouterr().out == ""


def test_another_order_is_told_before_the_grounds_in_the_terminal_and_in_html(known, capsys):
    said = "hold the same characters in another order"
    run("explain", Q, Q[::-1], "--model", known)
    told = capsys.readouterr().out
    assert told.index(said) < told.index("q  ")
    (one,) = Explainer.from_pretrained(known).explain([(Q, Q[::-1])])
    assert said in one.to_html()
