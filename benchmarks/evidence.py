"""What evidence from training pairs costs at 240,000 pairs, and which measure leaving pairs out bears out.

    .venv/bin/python benchmarks/evidence.py cost [--pairs 240000] [--indexed 10000]
    .venv/bin/python benchmarks/evidence.py faithful [--corpora FOLDER] [--pairs 1000] [--subsets 24] [--rows 8]
        [--seeds 3]

cost: an index of so many pairs, of a model of 4 layers of 256, is filled with numbers drawn at random, for what it
takes to look up one judgement depends on its size alone; then a real index is built of fewer pairs.

faithful: the linear datamodelling score of each measure, and by how much a judgement falls when 5 % of the pairs are
left out, those that speak most for it by a measure or random ones, as the mean over seeds. Pairs are the sample's or,
with --corpora, those of LCQMC in the folder of the publishers' files. Intervals are of the mean over judged pairs, by
bootstrap.
"""

from __future__ import annotations

import argparse
import lzma
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow_scripts"))

import retraining

from yiju import Explainer
from yiju.base.files import write_json
from yiju.explain.evidence import training_index
from yiju.explain.evidence.build_index import build_index
from yiju.models.calibration.stored import weights_of
from yiju.models.folder import load_model, load_tokenizer, save_folder
from yiju.models.folder_files import EVIDENCE, FOLDER_FILES
from yiju.models.opening import open_scorer

ROOT = Path(__file__).resolve().parent.parent
SMALL = {"layers": 2, "width": 64, "heads": 2, "feed_forward": 256, "dropout": 0.0}
LARGE = {"layers": 4, "width": 256, "heads": 4, "feed_forward": 1024, "dropout": 0.1}
SETTINGS = {"epochs": 8.0, "learning_rate": 1e-3, "batch_size": 32, "warmup": 0.1}
SEED, LEFT_OUT = 111, 0.05


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["cost", "faithful"])
    parser.add_argument("--corpora", type=Path)
    parser.add_argument("--pairs", type=int)
    parser.add_argument("--indexed", type=int, default=10_000)
    parser.add_argument("--subsets", type=int, default=24)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        if options.what == "cost":
            cost(Path(work), options.pairs or 240_000, options.indexed)
        else:
            faithful(Path(work), options)


def sample(split: str, corpora: Path | None) -> pl.DataFrame:
    """q, t and label of a split of LCQMC."""
    path = next((corpora / "LCQMC").glob(f"{split}.tsv*")) if corpora else ROOT / f"data/sample/LCQMC/{split}.tsv"
    names = {"has_header": False, "new_columns": ["q", "t", "label"], "quote_char": None}
    content = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
    found = pl.read_csv(content, separator="\t", infer_schema=False, **names)
    return (
        found.filter(pl.col("label").is_in(["0", "1"]))
        .with_columns(pl.col("label").cast(pl.Int8))
        .unique(["q", "t"], keep="first", maintain_order=True)
    )


def faithful(work: Path, options: argparse.Namespace) -> None:
    train = sample("train", options.corpora).sample(options.pairs or 1000, seed=SEED)
    judged = sample("dev", options.corpora).sample(100, seed=SEED)
    experiment = retraining.Experiment(train, judged, work, SMALL, SETTINGS)
    experiment.start()
    started = time.perf_counter()
    whole = experiment.trained("whole", np.arange(len(train)))
    print(f"a training takes {time.perf_counter() - started:.1f} s", flush=True)
    margins, values = experiment.margins(whole), experiment.values(whole)
    right = (margins > 0) == judged["label"].to_numpy()
    print(f"{len(train):,} pairs learnt; {right.mean():.1%} of {len(judged)} judged pairs are right", flush=True)
    if options.subsets:
        scores = retraining.datamodelling(experiment, values, options.subsets, 0.5, SEED)
        for name, own in scores.items():
            print(f"datamodelling score, {name:<20}{told(own)}", flush=True)
    if options.rows:
        # Judgements that are neither sure nor doubtful move most clearly.
        rows = np.argsort(np.abs(np.abs(margins) - np.median(np.abs(margins))))[: options.rows].tolist()
        same = experiment.again("all", np.arange(len(train)), options.seeds)
        count = round(LEFT_OUT * len(train))
        fallen = retraining.falls(experiment, values, same, rows, count, options.seeds, SEED)
        for name, own in fallen.items():
            print(f"fall of the margin without {name:<20}{told(np.array(own))}", flush=True)


def told(values: np.ndarray) -> str:
    """The mean, and its 95 % interval by bootstrap."""
    random = np.random.default_rng(SEED)
    means = values[random.integers(0, len(values), (1000, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{values.mean():+.3f}  [{low:+.3f}, {high:+.3f}]"


def large_model(work: Path, train: pl.DataFrame) -> Path:
    """A classifier of 4 layers of 256, with weights as they are drawn."""
    experiment = retraining.Experiment(train, train, work, LARGE, SETTINGS)
    start, out = experiment.start(), work / "model"
    save_folder(load_model(start, "classifier", seed=2), load_tokenizer(start), [out / name for name in FOLDER_FILES])
    return out


def cost(work: Path, pairs: int, indexed: int) -> None:
    train = sample("train", None)
    model = large_model(work, train)
    some = retraining.learnt(train[np.arange(indexed) % len(train)])
    started = time.perf_counter()
    build_index(model, open_scorer, some, retraining.BUDGET)
    seconds = time.perf_counter() - started
    threads = torch.get_num_threads()
    print(
        f"index of {indexed:,} pairs with {threads} threads: {seconds:.1f} s, {seconds / indexed * 1e3:.2f} ms a pair"
    )
    invented(model, train, pairs)
    size = sum(file.stat().st_size for file in (model / EVIDENCE).iterdir())
    explainer = Explainer.from_pretrained(model, device="cpu")
    pair = (train["q"][0], train["t"][0])
    explainer.explain(pair)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for measure in ("similarity", "representer", "tracin"):
        explainer.explain(pair, evidence=5, measure=measure)
        took = []
        for _ in range(5):
            started = time.perf_counter()
            explainer.explain(pair, evidence=5, measure=measure)
            with_it = time.perf_counter() - started
            started = time.perf_counter()
            explainer.explain(pair)
            took.append(with_it - (time.perf_counter() - started))
        print(f"evidence of one judgement over {pairs:,} pairs by {measure}: {np.median(took):.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    own = (peak - before) / 1e6
    print(f"files {size / 1e6:.0f} MB; memory {peak / 1e6:.2f} GB at most, {own:.2f} GB of it for evidence")


def invented(model: Path, train: pl.DataFrame, pairs: int) -> None:
    """An index of so many pairs, whose vectors, inputs and gradients are drawn at random."""
    folder, random = model / EVIDENCE, np.random.default_rng(SEED)
    described = training_index.read_part(
        folder / training_index.DESCRIPTION, training_index.Description, "yiju index", training_index.REMEDY
    )
    retraining.tables.write(
        retraining.learnt(train[np.arange(pairs) % len(train)]), folder / training_index.PAIRS, retraining.tables.LEARNT
    )
    for name, size in (
        (training_index.VECTORS, described.width),
        (training_index.INPUTS, described.inputs),
        (training_index.GRADIENTS, described.outputs),
    ):
        array = np.lib.format.open_memmap(folder / name, mode="w+", dtype=np.float32, shape=(1, pairs, size))
        for first in range(0, pairs, 20_000):
            rows = slice(first, min(pairs, first + 20_000))
            array[0, rows] = np.tanh(random.standard_normal((rows.stop - rows.start, size), dtype=np.float32))
        array.flush()
    stored = described.model_copy(update={"pairs": pairs, "weights": weights_of(model)})
    write_json(folder / training_index.DESCRIPTION, stored.model_dump(mode="json"))


if __name__ == "__main__":
    main()
