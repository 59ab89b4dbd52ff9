"""The configuration that `yiju train` chooses and writes."""

from __future__ import annotations

import pytest
import yaml
from unit.app.training_tables import HEADER, read, rows, task, write

from yiju.app.train.configuration import configuration
from yiju.app.train.encoders import encoder_of, longest_input
from yiju.app.train.presets import PRESETS
from yiju.app.train.run_names import corpus_name
from yiju.app.train.settings import settings_of, split_said, warnings_of
from yiju.base.errors import YijuError
from yiju.base.terminal_language import speak
from yiju.config.load import load
from yiju.config.rule_parts import carving

SHARED = [("怎么开通服务", f"第{n}项服务怎样开通呢", ("yes", "no")[n % 2]) for n in range(40)]


@pytest.fixture
def few(tmp_path):
    return {"train": read(write(tmp_path / "pairs.csv", rows(40)))}


def test_the_configuration_is_valid_and_each_key_has_its_comment(few):
    text = configuration(settings_of(task(few), 0.01), "results/mine/config.yaml")
    found = yaml.safe_load(text)
    settings = load(found, [])
    assert settings.run == "mine"
    assert settings.explained_sets == settings.judged_sets == ["dev", "test"]
    assert carving(settings)["shares"] == {"dev": 0.15, "test": 0.15}
    lines = text.split("\n")
    for key in ("run", "dev_share", "test_share", "epochs", "splits", "relations", "gpus"):
        (place,) = [number for number, line in enumerate(lines) if line.strip().startswith(f"{key}:")][:1]
        assert lines[place - 1].strip().startswith("#"), key


def test_only_what_differs_from_the_defaults_is_written(few):
    found = yaml.safe_load(configuration(settings_of(task(few), 0.01), "x"))
    assert "encoder" not in found
    assert "max_rejected" not in found["corpora"]
    assert yaml.safe_load(configuration(settings_of(task(few), 0.2), "x"))["corpora"]["max_rejected"] == 0.2


@pytest.mark.parametrize(("language", "written"), [("en", None), ("zh", "zh"), ("zh-Hant", "zh-Hant")])
def test_the_report_is_in_the_language_of_the_terminal(few, language, written):
    speak(language)
    try:
        found = yaml.safe_load(configuration(settings_of(task(few), 0.01), "x"))
    finally:
        speak("en")
    assert found.get("language") == written


def test_labels_stand_in_quotes(few):
    text = configuration(settings_of(task(few), 0.01), "x")
    assert 'labels: {"no": 0, "yes": 1, "": null}' in text


def test_many_labels_stand_in_a_line_each_in_quotes(tmp_path):
    grades = rows(60, [f"{n / 10:.1f}" for n in range(51)])
    table = read(write(tmp_path / "pairs.csv", grades, ("q", "t", "label")))
    text = configuration(settings_of(task({"train": table}), 0.01), "x")
    assert '\n          "4.9": 1\n' in text
    labels = yaml.safe_load(text)["corpora"]["catalogue"]["pairs"]["options"]["labels"]
    assert labels == table.meanings


def test_dev_and_test_of_files_are_not_set_aside(few, tmp_path):
    tables = few | {
        "dev": read(write(tmp_path / "dev.csv", rows(20, first=100))),
        "test": read(write(tmp_path / "test.csv", rows(20, first=200))),
    }
    settings = load(settings_of(task(tables), 0.01), [])
    assert carving(settings) is None
    assert settings.finetune.corpora == settings.corpora.use == ["pairs"]
    assert [file.split for file in settings.corpora.catalogue["pairs"].files] == ["train", "dev", "test"]
    assert split_said(task(tables)) == f"dev from {tmp_path / 'dev.csv'}; test from {tmp_path / 'test.csv'}"


def test_tables_that_are_read_otherwise_are_corpora_of_their_own(few, tmp_path):
    other = write(tmp_path / "test.csv", rows(20, ["是", "否"], first=100), ("q", "t", "label"))
    settings = load(settings_of(task(few | {"test": read(other)}), 0.01), [])
    assert settings.finetune.corpora == ["pairs", "pairs-test"]
    assert carving(settings)["shares"] == {"dev": 0.15}


def test_pairs_that_hang_together_are_drawn_one_by_one_and_that_is_said_first(tmp_path):
    own = task({"train": read(write(tmp_path / "pairs.csv", SHARED))})
    assert load(settings_of(own, 0.01), []).finetune.grouped_folds is False
    assert "set aside one by one" in warnings_of(own)[-1]
    assert split_said(own).endswith("drawn one by one")


@pytest.fixture
def checkpoint(tmp_path):
    """The folder of an encoder, as far as a configuration needs it."""
    (tmp_path / "config.json").write_text('{"max_position_embeddings": 512}')
    return {"source": "folder", "name": str(tmp_path)}


def test_labels_stand_in_quotes_however_short_the_options_are(tmp_path):
    path = tmp_path / "p.jsonl"
    lines = [f'{{"q": "甲乙{n}丙", "t": "丁{n}戊", "label": "{("yes", "no")[n % 2]}"}}\n' for n in range(30)]
    path.write_text("".join(lines), encoding="utf-8")
    text = configuration(settings_of(task({"train": read(path)}), 0.01), "x")
    assert 'labels: {"no": 0, "yes": 1, "": null}' in text


def test_few_pairs_and_no_checkpoint_are_warned_of(few, checkpoint, tmp_path):
    (warned,) = warnings_of(task(few))
    assert warned.startswith("Only 40 labelled pairs and no checkpoint") and "--encoder FOLDER" in warned
    assert warnings_of(task(few, encoder=checkpoint)) == []
    many = {"train": read(write(tmp_path / "many.csv", rows(1000)))}
    assert warnings_of(task(many)) == []


@pytest.mark.parametrize(
    ("pairs", "scratch", "epochs", "batch"),
    [(300, True, 30, 16), (100_000, True, 4, 64), (300, False, 10, 16), (100_000, False, 3, 32)],
)
def test_passes_follow_the_number_of_pairs(few, checkpoint, pairs, scratch, epochs, batch):
    found = settings_of(task(few, encoder=None if scratch else checkpoint, pairs=pairs), 0.01)
    assert (found["finetune"]["epochs"], found["finetune"]["batch_size"]) == (epochs, batch)
    assert found["posttrain"] == ({"epochs": 5} if scratch else {"enabled": False})


@pytest.mark.parametrize(("length", "tokens"), [(10, 64), (60, 80), (5000, 256)])
def test_the_length_follows_the_sentences(few, length, tokens):
    assert settings_of(task(few, length=length), 0.01)["encoder"]["max_length"] == tokens


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_valid(few, preset):
    load(settings_of(task(few, preset), 0.01), [])


@pytest.mark.parametrize(
    ("file", "name"), [("my pairs.csv.gz", "my-pairs"), ("问题.xlsx", "pairs"), ("a.b.csv", "a"), ("1.csv", "1")]
)
def test_a_corpus_is_called_as_its_file_as_far_as_names_allow(tmp_path, file, name):
    assert corpus_name(tmp_path / file) == name


def test_an_encoder_is_a_folder_a_model_of_the_hub_or_none(tmp_path):
    commit = "0" * 40
    assert encoder_of("scratch", None) == {"source": "scratch"}
    with pytest.raises(YijuError, match=r"the folder holds no config\.json"):
        encoder_of(str(tmp_path), None)
    (tmp_path / "config.json").write_text('{"max_position_embeddings": 66}')
    found = encoder_of(str(tmp_path), None)
    assert found == {"source": "folder", "name": str(tmp_path)}
    assert [longest_input(found, most) for most in (60, 80)] == [60, 64]
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(YijuError, match=r"config\.json: not JSON"):
        longest_input(found, 80)
    assert encoder_of("owner/name", commit) == {"source": "hub", "name": "owner/name", "revision": commit}
    for name, revision, told in (
        ("owner/name", None, "give its commit too"),
        ("owner/name", "main", "give its commit too"),
        ("nowhere", None, "there is no such folder"),
        ("scratch", commit, "leave --revision out"),
    ):
        with pytest.raises(YijuError, match=told):
            encoder_of(name, revision)


def test_columns_are_named_as_the_header_has_them(few):
    options = settings_of(task(few), 0.01)["corpora"]["catalogue"]["pairs"]["options"]
    assert [options[role] for role in ("q", "t", "label")] == list(HEADER)
