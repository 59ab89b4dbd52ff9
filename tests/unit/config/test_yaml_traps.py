"""What YAML takes for something else than it looks: understood as it was meant, or refused with file and line."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from configurations import CONFIG, merged, read

from yiju.app.cli.corpora import command as corpora
from yiju.base.errors import YijuError
from yiju.base.yaml_files import read_mapping
from yiju.config.load import load

GENERIC = "corpora: {catalogue: {mine: {reader: generic, files: [{split: train, source: a}], options: {labels: %s}}}}"


def loaded(text, tmp_path, **more):
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return load(merged(read(CONFIG, file), more), [CONFIG, file])


def refusal(text, tmp_path):
    with pytest.raises(YijuError) as caught:
        loaded(text, tmp_path)
    return str(caught.value).replace(f"{tmp_path}/", "")


@pytest.mark.parametrize("number", ["2e-5", "2E-5", "+2e-5", "2.e-5", "0.2e-4", "20e-6", "2e-05"])
def test_scientific_notation_is_a_number(number, tmp_path):
    assert loaded(f"finetune: {{learning_rate: {number}}}", tmp_path).finetune.learning_rate == 2e-5
    settings = loaded(f"variants: {{a: {{finetune: {{learning_rate: {number}}}}}}}", tmp_path)
    assert settings.variants["a"]["finetune"]["learning_rate"] in (number, 2e-5)
    options = loaded(f"explain: {{options: {{lime: {{kernel_width: {number}}}}}}}", tmp_path)
    assert options.explain.chosen("lime")["kernel_width"] == 2e-5


def test_scientific_notation_of_the_command_line_is_a_number(tmp_path):
    assert loaded("run: mine", tmp_path, finetune={"learning_rate": "1e-4"}).finetune.learning_rate == 1e-4


def test_a_text_that_looks_like_a_number_stays_a_text(tmp_path):
    assert loaded("corpora: {folder: 1e3}", tmp_path).corpora.folder == "1e3"


def test_a_variant_that_writes_the_same_number_otherwise_is_no_variant(tmp_path):
    rate = read(CONFIG)["finetune"]["weight_decay"]
    text = f"variants: {{a: {{finetune: {{weight_decay: '{rate:e}'}}}}}}"
    assert "computes nothing that base does not" in refusal(text, tmp_path)


@pytest.mark.parametrize(
    ("labels", "meant"), [("{1: 1, 0: 0}", {"1": 1, "0": 0}), ('{"yes": 1, no : null, "-1": 0}', None)]
)
def test_labels_are_the_texts_of_the_file(labels, meant, tmp_path):
    if meant is None:
        assert "options.labels (mine.yaml line 1): YAML takes a label" in refusal(GENERIC % labels, tmp_path)
    else:
        assert loaded(GENERIC % labels, tmp_path).corpora.catalogue["mine"].options["labels"] == meant


@pytest.mark.parametrize(
    "labels",
    [
        *("{yes: 1, no: 0}", '{"yes": 1, no: 0}', "{Yes: 1}", "{on: 1, off: 0}", "{true: 1}"),
        *("{1.0: 1}", "{~: 1}", "{2024-05-01: 1}"),
    ],
)
def test_labels_that_yaml_has_changed_are_to_be_quoted(labels, tmp_path):
    message = refusal(GENERIC % labels, tmp_path)
    assert "corpora.catalogue.mine.options.labels (mine.yaml line 1): YAML takes a label without quotes for" in message
    assert len(message.split("\n")) == 2


@pytest.mark.parametrize("meaning", ["2", "-1", "0.5", "true", "one", "[]"])
def test_a_label_means_similar_or_not(meaning, tmp_path):
    message = refusal(GENERIC % f'{{"yes": {meaning}}}', tmp_path)
    assert "options.labels.yes (mine.yaml line 1): a label means 1 (similar), 0 (not) or null" in message
    assert len(message.split("\n")) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("seed: 1\nrun: a\nseed: 2", "seed (mine.yaml line 3): this key is at line 1 already"),
        ("finetune:\n  epochs: 1\nfinetune:\n  folds: 2", "finetune (mine.yaml line 3): this key is at line 1 already"),
        ("finetune:\n  fgm: {enabled: true}\n  fgm: {}", "finetune.fgm (mine.yaml line 3): this key is at line 2"),
        ("variants:\n  a: {}\n  a: {}", "variants.a (mine.yaml line 3): this key is at line 2 already"),
        ("corpora:\n  use: &x [{a: 1, a: 2}]", "corpora.use.0.a (mine.yaml line 2): this key is at line 2 already"),
        ("seed: 012", 'seed (mine.yaml line 1): YAML reads 012 as 10; write the number plainly, or "012" in quotes'),
        ("seed: 1_000", "YAML reads 1_000 as 1000"),
        ("seed: 0x1F", "YAML reads 0x1F as 31"),
        ("seed: 1:30", "YAML reads 1:30 as 90"),
        ("finetune: {epochs: 1_0.5}", "YAML reads 1_0.5 as 10.5"),
        (GENERIC % "{01: 1}", "YAML reads 01 as 1"),
        ("finetune:", "finetune (mine.yaml line 1): the section is empty; write its keys below it"),
        ("explain: {options: {lime: }}", "explain.options.lime (mine.yaml line 1): the section is empty"),
        ("run: no", "found False; YAML takes it for true or false: write it in quotes if it is a text"),
        ("run: 2024", "found 2024; YAML takes it for a number: write it in quotes"),
        ("run: 2024-05-01", "YAML takes it for a date: write it in quotes"),
        ("run: 2024-05-01 10:00:00", "YAML takes it for a date: write it in quotes"),
        ("corpora: {use: [no]}", "corpora.use.0 (mine.yaml line 1): Input should be a valid string; found False"),
        ("augment: {method: off}", "'closure'; found False; YAML takes it for true or false"),
        ("on: 3", "True (mine.yaml line 1): a key is a text; YAML takes it for true or false: write it in quotes"),
        ("finetune: {learning_rate: .inf}", "should be a finite number"),
        ("finetune: {learning_rate: 1e400}", "should be a finite number"),
        ("finetune: {epochs: .nan}", "should be a finite number"),
    ],
)
def test_traps_are_named_with_file_and_line(text, says, tmp_path):
    assert says in refusal(text, tmp_path)


def test_an_anchor_may_stand_twice_and_for_itself(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("a: &x {b: 1}\nc: *x\nd: {<<: *x, b: 2}\ne: &y [*y]\n", encoding="utf-8")
    assert read_mapping(file)["d"] == {"b": 2}


BROKEN = {
    "no keys": ("- a\n", "must hold keys with values (key: value), but it is a list"),
    "a value": ("3\n", "but it is one value of type int"),
    "a colon without a space": (
        "run:mine\n",
        " line 1: the file must hold keys with values (key: value), but it is one",
    ),
    "no space, told": ("run:mine\n", "in line 1 a space is missing after the colon: run: mine"),
    "no space below": ("seed: 1\nrun:mine\nseed: 2\n", "in line 2 a space is missing after the colon: run: mine"),
    "UTF-16": ("run: 我的\n".encode("utf-16"), "or convert it (iconv -f UTF-16 -t UTF-8)"),
    "UTF-16 without a mark": ("run: mine\n".encode("utf-16-le"), "convert it (iconv -f UTF-16LE -t UTF-8)"),
    "UTF-32": ("run: mine\n".encode("utf-32"), "or convert it (iconv -f UTF-32 -t UTF-8)"),
    "Big5": ("# 運行的名字是我的\n".encode("big5"), "or convert it (iconv -f BIG5 -t UTF-8)"),
    "tabs": ("finetune:\n\tepochs: 1\n", " line 2: the file is not valid YAML (found character '\\t'"),
    "two": ("a: 1\n---\nb: 2\n", " line 2: the file is not valid YAML (but found another document)"),
    "open": ("a: [1\n", "the file is not valid YAML"),
    "a tag": (
        "a: !!python/name:os.system b\n",
        " line 1: the file is not valid YAML (could not determine",
    ),
    "no day": ("a: 2024-13-45\n", "the file is not valid YAML (month must be in 1..12)"),
    "a list as key": ("? [a]\n: 3\n", "the file is not valid YAML (found unhashable key)"),
    "deep": ("[" * 500, "nested beyond any use"),
    "twice": ("run: a\nrun: b\n", "run ("),
    "other encoding": ("run: 运行\n".encode("gb18030"), "byte 0xd4 at offset 5 is not UTF-8; save the file as UTF-8"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named(name, tmp_path, monkeypatch):
    content, says = BROKEN[name]
    file = tmp_path / "mine.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(YijuError) as caught:
        read_mapping(file)
    assert str(file) in str(caught.value)
    assert says in str(caught.value)
    monkeypatch.chdir(CONFIG.parent)
    # The command that checks a configuration without Snakemake says the same.
    assert str(CliRunner().invoke(corpora, ["--configfile", str(file)]).exception) == str(caught.value)


@pytest.mark.parametrize("place", ["nothing.yaml", "folder"])
def test_a_file_that_is_not_there_is_named(place, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(YijuError, match=f"{place}: the file cannot be read"):
        read_mapping(tmp_path / place)


def test_an_empty_file_has_no_keys(tmp_path):
    (tmp_path / "empty.yaml").write_text("# nothing\n", encoding="utf-8")
    assert read_mapping(tmp_path / "empty.yaml") == {}


@pytest.mark.parametrize(
    "file", [CONFIG, *sorted((CONFIG.parent / "presets").glob("*.yaml"))], ids=lambda file: file.name
)
def test_the_projects_own_files_hold_no_trap(file):
    assert read_mapping(Path(file)) == yaml.safe_load(file.read_text(encoding="utf-8"))
