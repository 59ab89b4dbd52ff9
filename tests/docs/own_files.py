"""The files of a project that the pages call the reader's own: models, pairs, labels, and the results of a run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
import yaml
from families import Row, build_row, colbert, gemma
from pages import ROOT
from safetensors.torch import load_file
from tiny_run import write_run

from yiju import Explainer
from yiju.config.load import load
from yiju.report.dossier import END, MAIN, MENU

MODEL = "results/sample/folds/0/model"
# What the pages call the reader's own models, and what a checkpoint of the hub is one like.
OWN_MODELS = {
    "my-classifier": Row("two labels", "bert"),
    "my-nli": Row("three labels", "roberta"),
    "my-reranker": Row("cross-encoder", "xlm-roberta"),
    "my-language-model": Row("decoder", "qwen3", "plain"),
    "my-bi-encoder": Row("bi-encoder", "bert"),
    "my-late-interaction": Row("late interaction", "bert"),
}


def write_results(folder: Path, accuracy: float) -> None:
    """What `yiju diff`, `yiju dossier` and `yiju.load_run` read of a run."""
    write_run(folder)
    resolved = load(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8")), []).model_dump(mode="json")
    (folder / "config.resolved.yaml").write_text(yaml.safe_dump(resolved, allow_unicode=True), encoding="utf-8")
    versions = {"recorded": "2026-05-04T03:02Z", "yiju": "0.1.0", "commit": None, "python": "3.11.1", "libraries": {}}
    (folder / "versions.json").write_text(json.dumps(versions), encoding="utf-8")
    (folder / "checksums.json").write_text("{}", encoding="utf-8")
    figures = {f"accuracy.model{end}": accuracy + by for end, by in (("", 0), (".low", -0.02), (".high", 0.02))}
    (folder / "sets/dev/metrics.json").write_text(json.dumps(figures), encoding="utf-8")
    # Last, as in a run.
    (folder / "report").mkdir()
    (folder / "report/index.html").write_text(f"{MENU}</a></li>\n{MAIN}\n{END}\n", encoding="utf-8")


def write_own_files(folder: Path) -> None:
    """Pairs, models of several kinds, a pickled checkpoint, and a submission for the sample's test set."""
    for name, row in OWN_MODELS.items():
        build_row(row, folder / name)
    gemma.gemma(folder / "my-gemma")
    colbert.colbert(folder / "my-colbert")
    rows = (ROOT / "data/sample/LCQMC/dev.tsv").read_text(encoding="utf-8").split("\n")[:20]
    pairs = [row.split("\t") for row in rows]
    (folder / "pairs.tsv").write_text("".join(f"{q}\t{t}\n" for q, t, _ in pairs), encoding="utf-8")
    items = ROOT / "data/sample/test_sets/sim_interpretation_sample.txt"
    shutil.copy(items, folder / "items.txt")
    shutil.copy(ROOT / "data/sample/test_sets/gold_sample.txt", folder / "gold.txt")
    _labelled_files(folder)
    table = [f"{q},{t},{label}" for q, t, label in (row.split("\t") for row in rows)]
    (folder / "pairs.csv").write_text("\n".join(["q,t,label", *table]), encoding="utf-8")
    shutil.copytree(folder / "my-classifier", folder / "my-classifier-epoch-1")
    ids = [json.loads(line)["id"] for line in items.read_text(encoding="utf-8").split("\n") if line]
    shutil.copytree(folder / MODEL, folder / "downloaded")
    torch.save(load_file(folder / "downloaded/model.safetensors"), folder / "downloaded/pytorch_model.bin")
    (folder / "downloaded/model.safetensors").unlink()
    (folder / "submission.txt").write_text("".join(f"{one}\t1\t0,1\t1,0\n" for one in ids), encoding="utf-8")


def _labelled_files(folder: Path) -> None:
    """Pairs with labels of which the model finds most, and the scores of another system with the same labels."""
    rows = (ROOT / "data/sample/LCQMC/dev.tsv").read_text(encoding="utf-8").split("\n")[20:220]
    pairs = [(q, t) for q, t, _ in (row.split("\t") for row in rows)]
    chances = [one.probability for one in Explainer.from_pretrained(folder / MODEL).predict(pairs)]
    middle = sorted(chances)[len(chances) // 2]
    labels = [int(chance > middle) ^ (number % 8 == 0) for number, chance in enumerate(chances)]
    table = [f"{q}\t{t}\t{label}\n" for (q, t), label in zip(pairs, labels, strict=True)]
    (folder / "labelled.tsv").write_text("".join(table), encoding="utf-8")
    scores = [f"{chance}\t{label}\n" for chance, label in zip(chances, labels, strict=True)]
    (folder / "scores.tsv").write_text("score\tlabel\n" + "".join(scores), encoding="utf-8")
    _labelled_classes(folder, pairs)


def _labelled_classes(folder: Path, pairs: list[tuple[str, str]]) -> None:
    """Pairs with labels of three classes, and another system's scores of each class with the same labels."""
    explainer = Explainer.from_pretrained(folder / "my-nli")
    names, (outputs, _) = explainer.scorer.classes, explainer.outputs(pairs)
    # Columns of one mean, so that the model names every class of some pairs.
    outputs -= outputs.mean(axis=0)
    labels = [names[one] for one in outputs.argmax(axis=1)]
    table = [f"{q}\t{t}\t{label}\n" for (q, t), label in zip(pairs, labels, strict=True)]
    (folder / "labelled-nli.tsv").write_text("".join(table), encoding="utf-8")
    scores = ["\t".join([*map(str, row), label]) for row, label in zip(outputs.tolist(), labels, strict=True)]
    (folder / "nli.tsv").write_text("\n".join(["\t".join([*names, "label"]), *scores]), encoding="utf-8")
