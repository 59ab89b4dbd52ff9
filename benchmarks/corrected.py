"""What it brings to leave the suspects of the training labels out, or to turn their labels, on real pairs.

    .venv/bin/python benchmarks/corrected.py CORPORA [--share 0.05] [--layers 2] [--width 128] [--epochs 1] [--seeds 3]
        [--ways "as they are" drop turn random]

CORPORA: the folder of the publishers' files. A model from scratch without post-training learns LCQMC train by three
folds; the share of the training pairs that are the first suspects of that run is taken as it comes, without a person's
look, by `yiju suspects` and `corpora.corrections`: left out (`drop`), or with the other label (`turn`). As many pairs
drawn at random are left out for comparison (`random`). Each way is learnt with several seeds, and so are the data as
they are. Runs stand in results/corrected.*; what is there already is not computed again.

Printed: accuracy on LCQMC dev, which chose the weights and the threshold of each training, by seed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import lcqmc
import polars as pl
import yaml

from yiju.base import tables

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "results"
# What the offline preset turns on is off, as it was when this was measured: half of the time.
OFF = {"enabled": False}
WAYS = ("as they are", "drop", "turn", "random")
SEED = 111


def main() -> None:
    given = arguments()
    config = shape(given)
    snakemake(given, "folds", config | {"finetune": config["finetune"] | {"folds": 3}}, "data/suspects.parquet")
    review = RESULTS / "corrected.review.csv"
    listed = ["suspects", str(RESULTS / "corrected.folds"), "-n", str(10**9), "-o", str(review)]
    yiju = [sys.executable, "-c", "from yiju.app.cli import main; main()"]
    subprocess.run([*yiju, *listed], check=True, cwd=ROOT, env={"PYTHONPATH": "workflow_scripts"})
    table = pl.read_csv(review, infer_schema=False)
    count = round(given.share * len(table))
    print(f"{count:,} of {len(table):,} training pairs are corrected; {given.layers} layers of {given.width}\n")
    members = ["0", *(f"0.{number}" for number in range(1, given.seeds))]
    rows = []
    for way in given.ways:
        own = config | {"finetune": config["finetune"] | {"seeds": given.seeds}}
        if way != "as they are":
            file = RESULTS / f"corrected.{way}.csv"
            corrected(table, way, count).write_csv(file)
            own["corpora"] = config["corpora"] | {"corrections": str(file)}
        name = way.replace(" ", "_")
        snakemake(given, name, own, "sets/dev/metrics.json")
        accuracies = [accuracy(RESULTS / f"corrected.{name}", member) for member in members]
        rows.append([way, f"{sum(accuracies) / len(accuracies):.4f}", " ".join(f"{one:.4f}" for one in accuracies)])
    print(lcqmc.table(["training pairs", "dev accuracy, mean", "by seed"], rows))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--share", type=float, default=0.05, help="of the training pairs")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--ways", choices=WAYS, nargs="+", default=WAYS)
    parser.add_argument("--cores", default="all")
    return parser.parse_args()


def shape(given: argparse.Namespace) -> dict:
    """What all runs have in common."""
    return {
        "posttrain": {"enabled": False},
        "encoder": {"scratch": {"layers": given.layers, "width": given.width, "feed_forward": 4 * given.width}},
        "corpora": {"use": ["LCQMC"]},
        "test_sets": {"use": []},
        "finetune": {"epochs": given.epochs, "rdrop": OFF, "ema": OFF},
    }


def snakemake(given: argparse.Namespace, name: str, config: dict, target: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    run = f"corrected.{name}"
    own = RESULTS / f"{run}.yaml"
    own.write_text(yaml.safe_dump(config | {"run": run}, allow_unicode=True), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", given.cores, "--quiet", "rules"]
    command += ["--configfile", str(ROOT / "presets/offline.yaml"), str(own)]
    command += ["--config", f"corpora={json.dumps({'folder': str(given.corpora.resolve())})}"]
    subprocess.run([*command, "--", f"results/{run}/{target}"], cwd=ROOT, check=True)


def corrected(table: pl.DataFrame, way: str, count: int) -> pl.DataFrame:
    """The review of a way, filled in. table: all suspects, the first ones first."""
    chosen = table.sample(count, seed=SEED) if way == "random" else table.head(count)
    other = pl.when(pl.col("label") == "1").then(pl.lit("0")).otherwise(pl.lit("1"))
    return chosen.with_columns(right_label=other if way == "turn" else pl.lit("drop"))


def accuracy(run: Path, member: str) -> float:
    """Of one member on dev, at the threshold that its training fitted there."""
    scores = tables.read(run / "folds" / member / "dev/scores.parquet", tables.SCORES)
    gold = tables.read(run / "data/dev.parquet", tables.ITEMS).select("item", gold="label")
    return float(scores.join(gold, on="item").select((pl.col("label") == pl.col("gold")).mean()).item())


if __name__ == "__main__":
    main()
