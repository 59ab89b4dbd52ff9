"""What evidence from training pairs costs at 240,000 pairs, and which measure leaving pairs out bears out.

    .venv/bin/python benchmarks/evidence.py cost [--corpora FOLDER] [--filled 240000] [--indexed 10000]
    .venv/bin/python benchmarks/evidence.py faithful [--corpora FOLDER] [--pairs 800] [--first 4000] [--subsets 24]
        [--rows 8] [--seeds 3]

cost: an index of so many pairs, of a model of 4 layers of 256, is filled with numbers drawn at random, for what it
takes to look up one judgement depends on its size alone; before that a real index is built of fewer pairs.

faithful: the linear datamodelling score of each measure, and by how much a judgement falls when 5 % of the pairs are
left out, those that speak most for it by a measure or random ones, as the mean over seeds. Intervals are of the mean
over judged pairs, by bootstrap.

Pairs are the sample's or, with --corpora, those of LCQMC in the folder of the publishers' files.
"""

from __future__ import annotations

import argparse
import lzma
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
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
SETTINGS = {"epochs": 4.0, "learning_rate": 3e-4, "batch_size": 32, "warmup": 0.1}
SEED, LEFT_OUT = 111, 0.05


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["cost", "faithful", "look"])
    parser.add_argument("--model", type=Path, help="of look, which cost calls")
    parser.add_argument("--corpora", type=Path)
    parser.add_argument("--pairs", type=int, default=800)
    parser.add_argument("--first", type=int, default=4000)
    parser.add_argument("--filled", type=int, default=240_000)
    parser.add_argument("--indexed", type=int, default=10_000)
    parser.add_argument("--subsets", type=int, default=24)
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    if options.what == "look":
        look(options.model)
        return
    with tempfile.TemporaryDirectory() as work:
        if options.what == "cost":
            cost(Path(work), options.filled, options.indexed, options.corpora)
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
    shuffled = sample("train", options.corpora)[: options.first + options.pairs].sample(
        fraction=1, shuffle=True, seed=SEED
    )
    train, first = shuffled[: options.pairs], shuffled[options.pairs :]
    judged = sample("dev", options.corpora).sample(100, seed=SEED)
    experiment = retraining.Experiment(first, train, judged, work, SMALL, SETTINGS)
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
    experiment = retraining.Experiment(train[:0], train, train, work, LARGE, SETTINGS)
    start, out = experiment.start(), work / "model"
    save_folder(load_model(start, "classifier", seed=2), load_tokenizer(start), [out / name for name in FOLDER_FILES])
    return out


def cost(work: Path, pairs: int, indexed: int, corpora: Path | None) -> None:
    train = sample("train", corpora)
    model = large_model(work, train)
    some = retraining.learnt(train[np.arange(indexed) % len(train)])
    started, spent = time.perf_counter(), time.process_time()
    build_index(model, open_scorer, some, retraining.BUDGET)
    seconds, spent = time.perf_counter() - started, time.process_time() - spent
    threads = torch.get_num_threads()
    tokens = retraining.tokens(open_scorer(model), some).lengths.mean()
    each = f"{seconds:.1f} s, {spent / indexed * 1e3:.2f} ms of the processor a pair of {tokens:.1f} tokens"
    print(f"index of {indexed:,} pairs with {threads} threads: {each}", flush=True)
    invented(model, train, pairs)
    size = sum(file.stat().st_size for file in (model / EVIDENCE).iterdir())
    print(f"files of the index of {pairs:,} pairs: {size / 1e6:.0f} MB", flush=True)
    # A process of its own, which holds nothing else.
    subprocess.run([sys.executable, __file__, "look", "--model", str(model)], check=True)


def look(model: Path) -> None:
    """Seconds and memory of evidence for one judgement."""
    explainer = Explainer.from_pretrained(model, device="cpu")
    pair = ("抖音更换头像要多久", "抖音怎么更换头像")
    explainer.explain(pair)
    before = memory()
    started = seconds_of(partial(explainer.explain, pair, evidence=5))
    print(f"the first one, with reading and checking the index: {started[0]:.2f} s")
    for measure in ("similarity", "representer", "tracin"):
        took = []
        for _ in range(7):
            asked = ({"evidence": 5, "measure": measure}, {})
            took.append(np.subtract(*(seconds_of(partial(explainer.explain, pair, **given)) for given in asked)))
        wall, spent = np.median(took, axis=0)
        print(f"evidence of one judgement by {measure}: {wall:.2f} s, {spent:.2f} s of the processor")
    print(f"memory at most {memory():.2f} GB, {before:.2f} GB without evidence")


def memory() -> float:
    """The most that the process held so far, mapped files included, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def seconds_of(compute: Callable[[], object]) -> np.ndarray:
    """Seconds that a computation takes, by the clock and of the processor."""
    before = np.array([time.perf_counter(), time.process_time()])
    compute()
    return np.array([time.perf_counter(), time.process_time()]) - before


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
