"""Files that a person must bring are asked for at once, before anything runs."""

import copy

import pytest
import yaml

from yiju.base.errors import YijuError
from yiju.config.load import load
from yiju.job.code_version import SCRIPTS
from yiju.models.sources import SYNTHETIC, check_sources, synthetic


@pytest.fixture
def config(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    text = (SCRIPTS.parent / "config.yaml").read_text(encoding="utf-8")
    changed = copy.deepcopy(yaml.safe_load(text))
    changed["corpora"]["folder"] = str(SCRIPTS.parent / "data" / "sample")
    return changed


def message(config):
    with pytest.raises(YijuError) as error:
        check_sources(load(config, []))
    return str(error.value)


def test_the_sample_is_complete(config):
    check_sources(load(config, []))


def test_a_folder_says_that_its_rows_are_synthetic_wherever_it_lies(config, tmp_path):
    names = config["corpora"]["use"]
    assert synthetic(load(config, [])) == {"corpora": names, "test_sets": ["sample"]}
    # The same configuration over other rows.
    config["corpora"]["folder"] = str(tmp_path)
    assert synthetic(load(config, [])) == {"corpora": [], "test_sets": []}
    (tmp_path / "AFQMC").mkdir()
    (tmp_path / "AFQMC" / SYNTHETIC).touch()
    assert synthetic(load(config, [])) == {"corpora": ["AFQMC"], "test_sets": []}
    (tmp_path / SYNTHETIC).touch()
    assert synthetic(load(config, [])) == {"corpora": names, "test_sets": ["sample"]}


def test_rows_that_are_fetched_from_elsewhere_are_not_taken_for_synthetic(config):
    fetched = {"split": "train", "source": "https://example.org/train.tsv", "sha256": "0" * 64}
    config["corpora"]["catalogue"]["AFQMC"] = {"files": [fetched]}
    assert "AFQMC" not in synthetic(load(config, []))["corpora"]


def test_every_missing_file_is_named_with_its_key_and_the_remedy(config):
    config["corpora"]["folder"] = "elsewhere"
    said = message(config)

    assert "corpora.catalogue.LCQMC: elsewhere/LCQMC/train.tsv" in said
    assert "test_sets.catalogue.sample: elsewhere/test_sets/gold_sample.txt" in said
    assert "corpora.folder" in said


def test_files_stand_by_corpus_with_where_to_get_them_and_whose_terms_apply(config):
    config["corpora"] |= {"use": ["AFQMC", "LCQMC"], "folder": "elsewhere"}
    config["test_sets"]["use"] = []
    catalogue = config["corpora"]["catalogue"]
    catalogue["LCQMC"] = {"home": "https://example.org/lcqmc", "terms": "research only"}
    # Two members of one archive that is missing: one thing to bring.
    archive = {"source": "AFQMC/afqmc.zip"}
    catalogue["AFQMC"] = {
        "home": None,
        "terms": "academic use",
        "files": [
            {"split": "train", "member": "train.json", **archive},
            {"split": "dev", "member": "dev.json", **archive},
        ],
    }

    assert message(config).split("\n")[1:-1] == [
        "  corpora.catalogue.AFQMC: elsewhere/AFQMC/afqmc.zip",
        "    terms: academic use",
        "  corpora.catalogue.LCQMC: elsewhere/LCQMC/train.tsv",
        "  corpora.catalogue.LCQMC: elsewhere/LCQMC/dev.tsv",
        "  corpora.catalogue.LCQMC: elsewhere/LCQMC/test.tsv",
        "    publisher: https://example.org/lcqmc; terms: research only",
    ]


@pytest.mark.parametrize(
    "remote",
    [
        {"source": "https://example.org/train.json", "sha256": "0" * 64, "mirrors": ["https://example.net/train.json"]},
        {"source": "HTTPS://example.org/train.json", "sha256": "0" * 64, "mirrors": ["Http://example.net/train.json"]},
        {"source": "data/train.json", "hub": "owner/pairs", "revision": "0" * 40},
    ],
    ids=["url", "capitals", "hub"],
)
def test_a_remote_file_is_nobodys_to_bring_but_a_vocabulary_is(config, remote):
    config["corpora"]["catalogue"]["AFQMC"] = {"files": [{"split": "train", **remote}]}
    config["encoder"]["scratch"]["vocabulary"] = "vocab.txt"

    assert message(config).startswith("files are missing\n  encoder.scratch.vocabulary: vocab.txt\nget")


def test_files_that_a_training_reads_are_missed(config):
    config["posttrain"] |= {"masking": "words", "dictionary": "words.txt"}
    config["training"]["accelerate"] = "fsdp.yaml"

    assert message(config).split("\n")[1:-1] == [
        "  posttrain.dictionary: words.txt",
        "  training.accelerate: fsdp.yaml",
    ]
