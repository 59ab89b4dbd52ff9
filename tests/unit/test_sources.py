"""Files that a person must bring are asked for at once, before anything runs."""

import copy
from pathlib import Path

import pytest
import yaml

from yiju.errors import YijuError
from yiju.provenance import SCRIPTS
from yiju.settings import load
from yiju.settings.sources import check_sources


@pytest.fixture
def config(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    text = (SCRIPTS.parent / "config.yaml").read_text(encoding="utf-8")
    changed = copy.deepcopy(yaml.safe_load(text))
    changed["corpora"]["folder"] = str(SCRIPTS.parent / "data" / "sample")
    return changed


def test_the_sample_is_complete(config):
    check_sources(load(config, []))


def test_every_missing_file_is_named_with_its_key_and_the_remedy(config):
    config["corpora"]["folder"] = "elsewhere"
    with pytest.raises(YijuError) as error:
        check_sources(load(config, []))
    message = str(error.value)
    assert "corpora.catalogue.LCQMC: elsewhere/LCQMC/train.tsv" in message
    assert "test_sets.catalogue.sample: elsewhere/test_sets/gold_sample.txt" in message
    assert "corpora.folder" in message


def test_what_was_fetched_before_is_not_missed(config):
    config["corpora"]["use"] = ["LCQMC"]
    config["test_sets"]["use"] = []
    config["corpora"]["folder"] = "elsewhere"
    for name in ("train.tsv", "dev.tsv", "test.tsv"):
        fetched = Path("data/raw/sample/corpora/LCQMC") / name
        fetched.parent.mkdir(parents=True, exist_ok=True)
        fetched.touch()
    check_sources(load(config, []))


def test_a_url_is_nobodys_to_bring_but_a_vocabulary_is(config):
    config["corpora"]["catalogue"]["AFQMC"]["files"] = [
        {"split": "train", "source": "https://example.org/train.json", "sha256": "0" * 64}
    ]
    config["encoder"]["scratch"]["vocabulary"] = "vocab.txt"
    with pytest.raises(YijuError, match=r"files are missing\n  encoder\.scratch\.vocabulary: vocab\.txt\nget"):
        check_sources(load(config, []))
