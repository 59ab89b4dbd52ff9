"""Every key of the configuration with a value of every kind: it is taken, or refused in one line that names the key."""

import subprocess
import sys

import pytest
import yaml
from configurations import CONFIG, KEYS, merged, read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yiju.base.errors import YijuError
from yiju.config.load import load
from yiju.config.variants import branches, changes
from yiju.models.sources import check_sources

VALUES = [
    *("null", "true", "no", "0", "-1", "1", "3", "0.5", "1.5", "1e-3", "1e400", ".nan", ".inf", "9" * 30, "012", "1_0"),
    *("''", "' '", "all", "none", "auto", "dev", "LCQMC", "怎么", "'../../etc'", "/", "'\\0'", "'a/b'", "2024-05-01"),
    *(
        "[]",
        "[[]]",
        "[null]",
        "[dev, dev]",
        "[LCQMC, LCQMC]",
        "[1]",
        "{}",
        "{a: {}}",
        "{null: 1}",
        "{1: {}}",
        "{true: 1}",
    ),
    *(
        "{a: null}",
        "{enabled: true}",
        "{enabled: 1}",
        "{a: {finetune: {epochs: x}}}",
        "{a: {reader: generic, files: []}}",
    ),
    *(
        "{a: {reader: lcqmc, files: [{split: train, source: ''}]}}",
        "{lime: {samples: 2e1}}",
        "!!binary aGk=",
        "!!set {a}",
    ),
]
# Keys of what is inside a catalogue, which has names of the user's own.
INSIDE = [
    *(("corpora", "catalogue", "LCQMC", name) for name in ("reader", "options", "home", "terms", "files")),
    ("corpora", "catalogue", "LCQMC"),
    ("corpora", "catalogue", "new"),
    ("test_sets", "catalogue", "sample", "items"),
    ("test_sets", "catalogue", "sample", "last_original"),
    *(("explain", "options", name) for name in ("lime", "occlusion", "mine")),
    *(("variants", "mine", *path) for path in (("finetune",), ("finetune", "epochs"), ("encoder", "scratch"))),
    ("no_such_key",),
]
PATHS = [*KEYS, *INSIDE]
BASE = read(CONFIG)


def text_of(path, value):
    return "".join(f"{'  ' * depth}{name}:\n" for depth, name in enumerate(path[:-1])) + (
        f"{'  ' * (len(path) - 1)}{path[-1]}: {value}\n"
    )


def is_answered(folder, text):
    """Whether a configuration is taken; where it is not, the refusal must name a file and a line, or the key."""
    file = folder / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        found = load(merged(BASE, yaml.safe_load(text)), [CONFIG, file])
        for override in found.variants.values():
            changes(found, override)
        branches(found)
    except YijuError as error:
        lines = str(error).split("\n")
        assert lines[0] == "the configuration is not valid"
        assert all(line.startswith("  ") for line in lines[1:])
        return False
    try:
        check_sources(found)
    except YijuError as error:
        assert str(error).startswith("files are missing")
    return True


def try_many(folder, examples):
    @settings(deadline=None, derandomize=True, max_examples=examples, database=None, suppress_health_check=HealthCheck)
    @given(st.sampled_from(PATHS), st.sampled_from(VALUES))
    def hostile(path, value):
        is_answered(folder, text_of(path, value))

    hostile()


def test_values_of_any_kind_are_taken_or_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(CONFIG.parent)
    try_many(tmp_path, 80)


@pytest.mark.slow
def test_many_values_of_any_kind_are_taken_or_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(CONFIG.parent)
    try_many(tmp_path, 2000)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("finetune",), "null"),
        (("finetune", "learning_rate"), "2e-5"),
        (("run",), "no"),
        (("seed",), "012"),
        (("corpora", "catalogue", "LCQMC", "options"), "{labels: {yes: 1}}"),
        (("evaluate",), "{splits: [], bootstrap: 100, bootstrap: 200}"),
        (("variants", "mine", "finetune"), "{epochs: 1e0}"),
    ],
)
def test_snakemake_tells_the_same(path, value, tmp_path):
    text = text_of(path, value)
    taken = is_answered(tmp_path, text)
    command = [sys.executable, "-m", "snakemake", "-n", "--cores", "1", "--configfile", str(tmp_path / "mine.yaml")]
    done = subprocess.run(command, cwd=CONFIG.parent, capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    assert (done.returncode == 0) == taken, told
    assert taken or "the configuration is not valid\n  " in told
    assert "Traceback" not in told
