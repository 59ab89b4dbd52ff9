"""Files that a person must bring are asked for at once, before anything runs."""

import copy
import json

import pytest
import yaml

from yiju.base.errors import YijuError
from yiju.config.load import load
from yiju.job.code_version import SCRIPTS
from yiju.models.sources import SYNTHETIC, check_sources, lost_classifier, synthetic


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

    assert "a test set out of test_sets.use" in said
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

    assert message(config).startswith("files are missing\n  encoder.scratch.vocabulary: vocab.txt\nput each")


def test_files_that_a_training_reads_are_missed(config):
    config["posttrain"] |= {"masking": "words", "dictionary": "words.txt"}
    config["training"]["accelerate"] = "fsdp.yaml"

    assert message(config).split("\n")[1:-1] == [
        "  posttrain.dictionary: words.txt",
        "  training.accelerate: fsdp.yaml",
    ]


@pytest.mark.parametrize(
    ("teacher", "said"),
    [
        (
            "nowhere",
            "there is no folder nowhere; name the folder of a model or of a run",
        ),
        ("hfl/rbt3", "give its commit too, in distill.revision"),
        ("empty", "empty holds no model"),
        ("graph", "graph holds an ONNX graph, which cannot teach a student; name the model folder"),
        ("another", "run that is not finished: it has 0 finished models"),
    ],
)
def test_a_teacher_that_cannot_teach_is_refused_before_anything_runs(config, tmp_path, teacher, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "another" / "folds" / "0").mkdir(parents=True)
    (tmp_path / "graph").mkdir()
    for name in ("config.json", "model.onnx"):
        (tmp_path / "graph" / name).touch()
    config["distill"]["teacher"] = teacher

    assert message(config).startswith("distill.teacher: ")
    assert said in message(config)


def test_a_start_that_is_missing_is_named_with_its_section_and_a_run_with_its_model(config, tmp_path):
    (tmp_path / "run" / "folds" / "0").mkdir(parents=True)
    config["encoder"] |= {"source": "folder", "name": "run"}
    config["distill"] |= {"teacher": "run", "encoder": {"source": "folder", "name": "nowhere"}}

    assert message(config).split("\n")[1:] == [
        "  encoder.name: run/config.json (this is the folder of a run: name a model folder)",
        "  distill.encoder.name: nowhere/config.json",
        "put each in its place, or name where it lies",
    ]


@pytest.mark.parametrize(
    ("enabled", "kind", "warned"),
    [
        (True, "BertForSequenceClassification", True),
        (False, "BertForSequenceClassification", False),
        (True, "BertForMaskedLM", False),
    ],
)
def test_post_training_of_a_finished_classifier_is_warned_of(config, tmp_path, enabled, kind, warned):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text(json.dumps({"architectures": [kind]}), encoding="utf-8")
    config["encoder"] |= {"source": "folder", "name": "model"}
    config["posttrain"]["enabled"] = enabled

    said = lost_classifier(load(config, []))
    assert (said is not None and "set posttrain.enabled: false" in said) is warned


@pytest.mark.parametrize(
    ("named", "there"), [("a.tsv.xz", "a.tsv"), ("a.tsv", "a.tsv.gz"), ("a.tsv.xz", "a.tsv.bz2"), ("a.tsv", "a.tsv")]
)
def test_a_file_may_be_compressed_otherwise_than_the_catalogue_says(config, tmp_path, named, there):
    (tmp_path / there).touch()
    file = {"split": "train", "source": str(tmp_path / named)}
    config["corpora"]["catalogue"]["AFQMC"] = {"files": [file]}
    (found,) = load(config, []).corpora.catalogue["AFQMC"].files

    assert found.located("elsewhere") == str(tmp_path / there)
    # With a checksum it is this file or none.
    assert found.model_copy(update={"sha256": "0" * 64}).located("elsewhere") == str(tmp_path / named)
