"""How many labels that were turned at random are among the first suspects, by each measure, beside the loss and chance.

.venv/bin/python benchmarks/suspects.py CORPORA [--start FOLDER] [--pairs 30000] [--turned 0.05] [--epochs 3]

CORPORA: the folder of the publishers' files. Pairs are drawn from LCQMC train by a seed, a share of their labels is
turned, and the workflow trains on them with three folds, from the encoder in FOLDER or, without it, from one of 4
layers of 256 that starts from nothing. Of the first suspects as many are looked at as labels were turned; shares have
Wilson's intervals. The loss alone is that of the last pass over a pair, whose order is that of the margin.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow_scripts"))

from yiju.base import tables
from yiju.base.share_intervals import wilson
from yiju.data.corpora.rows import Labels
from yiju.data.table_look import Wanted, look, read_rows

ROOT = Path(__file__).resolve().parent.parent
SEED = 111
# By its name: the column of SUSPECTS, and whether its lowest values are the most suspect.
MEASURES = {
    "out of fold": ("probability", True),
    "dynamics: margin": ("margin", True),
    "dynamics: confidence": ("confidence", True),
    "dynamics: forgotten": ("forgotten", False),
    "the loss alone": ("last", True),
    "both (the rank)": ("suspicion", False),
}
MARK = {"1": 1, "0": 0}


def main() -> None:
    options = arguments()
    folder = options.work.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    turned = write_pairs(options, folder)
    run(options, folder)
    results = folder / "results/suspects"
    suspects = tables.read(results / "data/suspects.parquet", tables.SUSPECTS).join(
        last(results), on="pair", how="left"
    )
    known = suspects["line"].is_in(turned).to_numpy()
    print(f"{platform.machine()}, {len(suspects):,} pairs learnt, {known.sum():,} labels turned")
    print(f"dev accuracy {accuracy(folder):.3f}")
    for name, share, low, high in recalls(suspects, known):
        print(f"{name:<24}{share:6.1%}  [{low:.1%}, {high:.1%}]")
    print(f"{'random':<24}{known.mean():6.1%}")
    for name in ("confident", "contradicted"):
        chosen = suspects[name].fill_null(False).to_numpy()
        if chosen.any():
            print(f"{name}: {chosen.sum():,} pairs, of which {known[chosen].mean():.1%} were turned")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--pairs", type=int, default=30_000)
    parser.add_argument("--turned", type=float, default=0.05)
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=Path("results/benchmark-suspects"))
    return parser.parse_args()


def write_pairs(options: argparse.Namespace, folder: Path) -> list[int]:
    """Write train.tsv and dev.tsv; returns the lines of train.tsv whose label was turned."""
    random = np.random.default_rng(SEED)
    train, dev = (lcqmc(options.corpora, name) for name in ("train.tsv.xz", "dev.tsv"))
    drawn = train.sample(min(options.pairs, len(train)), seed=SEED)
    turned = np.sort(random.permutation(len(drawn))[: round(options.turned * len(drawn))])
    labels = drawn["label"].to_numpy().copy()
    labels[turned] ^= 1
    for name, table in (("train", drawn.with_columns(label=pl.Series(labels))), ("dev", dev)):
        table.write_csv(folder / f"{name}.tsv", separator="\t", include_header=False, quote_style="never")
    return (turned + 1).tolist()


def lcqmc(corpora: Path, name: str) -> pl.DataFrame:
    found = look(corpora / "LCQMC" / name, Wanted(label_by_content=True))
    rows = pl.concat(read_rows(found, Labels(MARK), unlabelled=False))
    return rows.filter(pl.col("reason").is_null()).select("q", "t", "label")


def run(options: argparse.Namespace, folder: Path) -> None:
    start = {"source": "folder", "name": str(options.start.resolve())} if options.start else {}
    scratch = {"layers": 4, "width": 256, "feed_forward": 1024, "dropout": 0.1}
    columns = {"format": "tsv", "q": 1, "t": 2, "label": 3}
    files = [{"split": split, "source": f"{split}.tsv"} for split in ("train", "dev")]
    config = {
        "run": "suspects",
        "corpora": {
            "folder": str(folder),
            "raw": str(folder / "raw"),
            "use": ["Turned"],
            # Conflicts are kept: turned labels must not be found by a filter.
            "filters": {"duplicates": False, "conflicts": "keep", "leaks": True},
            "catalogue": {"Turned": {"reader": "generic", "options": columns, "files": files}},
        },
        "test_sets": {"use": []},
        "encoder": {**start, "scratch": scratch},
        "posttrain": {"enabled": False},
        "finetune": {"corpora": ["Turned"], "folds": options.folds, "epochs": options.epochs, "learning_rate": 5.0e-4},
        "evaluate": {"splits": []},
        "fusion": {"relations": "none"},
    }  # fmt: skip
    (folder / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--cores",
        "all",
        "--snakefile",
        str(ROOT / "Snakefile"),
        "-d",
        str(folder),
    ]
    targets = ["results/suspects/data/suspects.parquet", "results/suspects/sets/dev/metrics.json"]
    subprocess.run([*command, "--configfile", str(folder / "config.yaml"), "--quiet", "--", *targets], check=True)


def last(results: Path) -> pl.DataFrame:
    """The margin in the last pass over a pair, the mean over the members that learnt it: pair, last."""
    members = [
        tables.read(file, tables.DYNAMICS, ["pair", "last"]) for file in results.glob("folds/*/dynamics.parquet")
    ]
    return pl.concat(members).group_by("pair").mean()


def accuracy(folder: Path) -> float:
    metrics = json.loads((folder / "results/suspects/sets/dev/metrics.json").read_text(encoding="utf-8"))
    return metrics["accuracy.model"]


def recalls(suspects: pl.DataFrame, turned: np.ndarray) -> Iterator[tuple[str, float, float, float]]:
    """Of as many first suspects as labels were turned: the share that was, and its interval, by each measure."""
    count = int(turned.sum())
    for name, (column, ascending) in MEASURES.items():
        values = suspects[column].fill_null(np.inf if column == "forgotten" else 0.0).to_numpy()
        if suspects[column].null_count() == len(suspects):
            continue
        first = np.argsort(values if ascending else -values, kind="stable")[:count]
        share = float(turned[first].mean())
        low, high = wilson(share, count)
        yield name, share, float(low), float(high)


if __name__ == "__main__":
    main()
