"""Presets that start from checkpoints of the hub: planned, and run whole from a hub on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from projects import ROOT, Project, job_counts
from unit.data.fetching.loopback import PROXIES, Loopback
from workflow.hub import bge_reranker, chinese_bert, serve_checkpoint

from yiju.base.nested import overlaid
from yiju.config.load import load

OTHERS = ("small", "large", "reranker")
PRESETS = ("base", *OTHERS)
LAYERS = {"small": 3, "base": 12, "large": 24, "reranker": 12}
TOKEN = "hf_ThisMustNeverBeShown"


def _preset(name: str) -> dict:
    return yaml.safe_load((ROOT / f"presets/{name}.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_names_a_commit_and_a_recipe_and_goes_with_every_preset_of_corpora(name: str):
    default = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    for corpora in ("public", "offline"):
        settings = load(overlaid(overlaid(default, _preset(corpora)), _preset(name)), []).resolved()
        assert settings.run == name
        assert (settings.encoder.source, len(settings.encoder.revision or "")) == ("hub", 40)
        assert not settings.posttrain.enabled
        assert settings.high_rates() == []
        # offline.yaml turns techniques on that no recipe here has.
        assert settings.finetune.techniques == []
        assert settings.finetune.outputs == (1 if name == "reranker" else 2)


def test_the_preset_of_distillation_goes_after_that_of_its_teacher():
    default = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    for corpora in ("public", "offline"):
        settings = default
        for name in (corpora, "base", "distilled"):
            settings = overlaid(settings, _preset(name))
        found = load(settings, []).resolved()
        assert (found.run, found.distill.teacher, found.encoder.name) == (
            "distilled",
            "run",
            "hfl/chinese-macbert-base",
        )
        student = found.distill.encoder
        assert (student.source, len(student.revision or "")) == ("hub", 40)


@pytest.mark.parametrize(
    "name", ["base", *(pytest.param(one, marks=pytest.mark.slow) for one in PRESETS if one != "base")]
)
def test_a_preset_is_planned_without_post_training_and_without_a_vocabulary(template: Project, name: str):
    files = ("presets/public.yaml", f"presets/{name}.yaml")
    done = template.snakemake("--dry-run", "--configfile", *files, "--config", 'corpora={"terms": "accepted"}')
    assert done.returncode == 0, done.stdout
    jobs = job_counts(done.stdout)
    assert (jobs["fetch_corpus"], jobs["start_encoder"], jobs["finetune_fold"]) == (6, 1, 1)
    assert not {"train_tokenizer", "posttrain_encoder"} & set(jobs)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Loopback]:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    with Loopback() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
        yield server


@pytest.mark.slow
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_runs_whole_from_the_hub(project: Project, hub: Loopback, tmp_path: Path, name: str):
    known, layers = _preset(name)["encoder"], LAYERS[name]
    form = bge_reranker(tmp_path / name) if name == "reranker" else chinese_bert(tmp_path / name, layers)
    serve_checkpoint(hub, known["name"], known["revision"], form)
    said = _run(project, f"presets/{name}.yaml")

    run = project.folder / f"results/{name}"
    config = json.loads((run / "folds/0/model/config.json").read_text(encoding="utf-8"))
    assert config["num_hidden_layers"] == layers
    kind, labels = ("xlm-roberta", 1) if name == "reranker" else ("bert", 2)
    assert (config["model_type"], len(config["id2label"])) == (kind, labels)
    assert (run / "report/index.html").is_file()
    # The commit, and nothing else, was asked for; the cache is where HF_HOME says.
    asked = [
        (path, headers) for (path, _), headers in zip(hub.asked, hub.headers, strict=True) if known["name"] in path
    ]
    assert asked
    assert [path for path, _ in asked if known["revision"] not in path] == []
    assert {headers["Authorization"] for _, headers in asked} == {f"Bearer {TOKEN}"}
    weights = "model.safetensors" if name == "reranker" else "pytorch_model.bin"
    assert any((tmp_path / "hub").rglob(weights))
    texts = [file.read_bytes() for file in run.rglob("*") if file.is_file()]
    assert TOKEN not in said
    assert not any(TOKEN.encode() in text for text in texts)


@pytest.mark.slow
def test_the_preset_of_distillation_runs_whole_from_the_hub(project: Project, hub: Loopback, tmp_path: Path):
    for known, layers in ((_preset("base")["encoder"], 12), (_preset("distilled")["distill"]["encoder"], 6)):
        folder = chinese_bert(tmp_path / str(layers), layers)
        serve_checkpoint(hub, known["name"], known["revision"], folder)

    _run(project, "presets/base.yaml", "presets/distilled.yaml")

    run = project.folder / "results/distilled"
    student = json.loads((run / "distill/student/model/config.json").read_text(encoding="utf-8"))
    assert student["num_hidden_layers"] == 6
    compared = json.loads((run / "distill/comparison.json").read_text(encoding="utf-8"))
    assert [judge["name"] for judge in compared["judges"]] == ["teacher", "student"]


def _run(project: Project, *presets: str) -> str:
    """What the workflow says of LCQMC's pairs of the sample, in so few passes that it ends soon."""
    first = project.config("corpora.yaml", corpora={"use": ["LCQMC"]}, test_sets={"use": []})
    explain = {"methods": ["gradient_input_l2"], "candidates": ["occlusion"]}
    few = {"finetune": {"epochs": 0.3}, "distill": {"epochs": 0.3}, "evaluate": {"bootstrap": 100}}
    last = project.config("short.yaml", explain=explain, fusion={"relations": "none"}, **few)
    # In processes of its own: the hub's library reads its environment when it is loaded.
    with project.start("--configfile", first, *presets, last) as process:
        said, _ = process.communicate()
    assert process.returncode == 0, said
    return said
