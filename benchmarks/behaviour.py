"""What training against failures of the test of behaviour brings, and what it costs, on real pairs.

    .venv/bin/python benchmarks/behaviour.py CORPORA [--layers 2] [--width 128] [--epochs 1] [--seeds 3] [--cores N]

CORPORA: the folder of the publishers' files. LCQMC train is learnt by a model from scratch without post-training, once
as it is and once with the minimal pairs of all categories (`augment.behaviour`), with several seeds each, in
results/behaviour (what is there already is not computed again). Then `yiju test` judges the items made of the suite's
own sentences and of LCQMC dev, and `yiju study` measures leaving one out on 200 pairs of dev.

Printed: the mean over the seeds, and the smallest and the largest of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import get_args

import lcqmc
import polars as pl
import yaml

from yiju.base import tables
from yiju.base.types import BehaviourCategory

ROOT = Path(__file__).resolve().parent.parent
# What the offline preset turns on is off, as it was when this was measured: half of the time.
OFF = {"enabled": False}
RUN = ROOT / "results/behaviour"
WAYS = {"as it is": RUN, "with minimal pairs": RUN / "variants/behaviour"}
LABELS = ("similar", "not_similar")
FIGURES = {
    "one sentence": "one_sided.beyond_random.delete",
    "alone": "alone.beyond_random.delete",
    "kept": "kept.delete",
}
# Of a way's folder and a seed's name.
Measure = Callable[[Path, str], float]


def main() -> None:
    given = arguments()
    train(given)
    pairs = dev_pairs()
    members = ["0", *(f"0.{number}" for number in range(1, given.seeds))]
    for way in WAYS.values():
        for member in members:
            judge(way / "folds" / member, pairs, given.seed)
    print(f"{given.layers} layers of {given.width}, {given.epochs:g} epochs, {given.seeds} seeds\n")
    print(lcqmc.table(["way", *measures()], list(rows(measures(), members))))
    print()
    print(lcqmc.table(["failures of", *WAYS], list(by_category(members))))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=111, help="of items and of the pairs that are explained")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    return parser.parse_args()


def train(given: argparse.Namespace) -> None:
    """Run the workflow up to the comparison of the two ways on dev."""
    config = {
        "run": RUN.name,
        "posttrain": {"enabled": False},
        "encoder": {"scratch": {"layers": given.layers, "width": given.width, "feed_forward": 4 * given.width}},
        "corpora": {"use": ["LCQMC"]},
        "test_sets": {"use": []},
        "finetune": {"seeds": given.seeds, "epochs": given.epochs, "rdrop": OFF, "ema": OFF},
        "augment": {"method": "none"},
        "variants": {"behaviour": {"augment": {"behaviour": list(get_args(BehaviourCategory))}}},
    }
    RUN.parent.mkdir(exist_ok=True)
    own = RUN.parent / f"{RUN.name}.yaml"
    own.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", str(given.cores), "--quiet", "rules"]
    command += ["--configfile", str(ROOT / "presets/offline.yaml"), str(own)]
    command += ["--config", f"corpora={json.dumps({'folder': str(given.corpora.resolve())})}"]
    subprocess.run([*command, "--", str((RUN / "variants.json").relative_to(ROOT))], cwd=ROOT, check=True)


def dev_pairs() -> Path:
    file = RUN / "dev.tsv"
    tables.read(RUN / "data/dev.parquet", tables.ITEMS).select("q", "t").write_csv(file, separator="\t")
    return file


def judge(member: Path, pairs: Path, seed: int) -> None:
    """Write test.json and study.json of a member, unless they are there."""
    yiju = [sys.executable, "-c", "from yiju.app.cli import main; main()"]
    study = ["study", "--model", str(member / "model"), "--pairs", str(pairs), "--methods", "occlusion"]
    commands = {"test.json": ["test", str(member / "model"), "--on", str(pairs)], "study.json": study}
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow_scripts")}
    for name, command in commands.items():
        if not (member / name).exists():
            told = [*yiju, *command, "--seed", str(seed), "-o", str(member / name)]
            subprocess.run(told, env=environment, check=True, stdout=subprocess.DEVNULL)


def read(folder: Path, member: str, name: str) -> dict:
    return json.loads((folder / "folds" / member / name).read_text(encoding="utf-8"))


def measures() -> dict[str, Measure]:
    """Accuracy on dev, failures, and how far the explanations hold."""
    found: dict[str, Measure] = {
        "dev accuracy": accuracy,
        "failures": lambda *of: read(*of, "test.json")["overall"]["failure_rate"],
        "turned by null edits": lambda *of: read(*of, "test.json")["null_edits"]["failure_rate"],
    }
    for label in LABELS:
        for name, figure in FIGURES.items():
            found[f"{name}, {label.replace('_', ' ')}"] = lambda *of, key=f"{figure}.{label}": explained(*of)[key]
    return found


def accuracy(folder: Path, member: str) -> float:
    """Of one member on dev, at the threshold that its training fitted there."""
    scores = tables.read(folder / "folds" / member / "dev/scores.parquet", tables.SCORES)
    gold = tables.read(RUN / "data/dev.parquet", tables.ITEMS).select("item", gold="label")
    return float(scores.join(gold, on="item").select((pl.col("label") == pl.col("gold")).mean()).item())


def explained(folder: Path, member: str) -> dict:
    return next(row for row in read(folder, member, "study.json")["methods"] if row["method"] == "occlusion")


def rows(named: dict[str, Measure], members: Sequence[str]) -> Iterator[list[str]]:
    for way, folder in WAYS.items():
        yield [way, *(cell([measure(folder, member) for member in members]) for measure in named.values())]


def by_category(members: Sequence[str]) -> Iterator[list[str]]:
    for name in read(RUN, members[0], "test.json")["categories"]:
        found = [
            [read(folder, member, "test.json")["categories"][name]["failure_rate"] for member in members]
            for folder in WAYS.values()
        ]
        yield [name, *map(cell, found)]


def cell(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.3f} [{min(values):.3f}, {max(values):.3f}]"


if __name__ == "__main__":
    main()
