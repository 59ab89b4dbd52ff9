"""Random updates or updates of one length: which of them learns more in the same processor time?

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/batches.py <folder of the corpora>

Two fine-tunings from scratch, each with its match marker, on one thread, in the number format that `auto` takes here:
the sample's LCQMC and 8,000 drawn pairs of the real LCQMC. `by_length` trains so many epochs, and `random` as many as
take the same processor time: the speed of either is measured first, evaluations left out. Both draw the same weights
from a seed. The best of ten evaluations on dev counts, as in the workflow; `test` is judged by those weights (of the
real LCQMC 2,000 pairs of dev choose and 2,000 others test, as its test split has no labels).
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

os.environ.setdefault("GOMP_SPINCOUNT", "1000")

import lcqmc
import numpy as np
import torch
from accelerate.state import AcceleratorState
from transformers import BertForSequenceClassification, PreTrainedTokenizerBase

from yiju.models.build import build_model, build_tokenizer
from yiju.models.folder import load_model, load_tokenizer, save_folder
from yiju.models.folder_files import FOLDER_FILES
from yiju.models.inference import predict_logits
from yiju.models.tokens import TokenizedPairs, encode_pairs
from yiju.models.vocabulary import learn_vocabulary
from yiju.training.batches import epoch_updates
from yiju.training.finetune import PairTask
from yiju.training.loop import Machine, Plan, fit

WAYS, EVALUATIONS, PROBED = ("by_length", "random"), 10, 30
MACHINE = Machine("cpu", 1, 2048)
SAMPLE = Path(__file__).resolve().parent.parent / "data/sample/LCQMC"
SHAPES = {
    "small": {"layers": 2, "width": 128, "heads": 4, "feed_forward": 512},
    "offline": {"layers": 4, "width": 256, "heads": 4, "feed_forward": 1024},
}
Split = tuple[TokenizedPairs, np.ndarray]


@dataclass(frozen=True)
class Data:
    """A start and three tokenised splits with their labels."""

    name: str
    start: Path
    train: Split
    dev: Split
    test: Split
    options: dict


class Timed(PairTask):
    """Fine-tuning that notes the processor time of everything but its evaluations."""

    spent = 0.0

    def evaluate(self) -> dict[str, float]:
        begun = time.process_time()
        figures = super().evaluate()
        self.spent -= time.process_time() - begun
        return figures


def read(folder: Path, rows: int | None, shape: dict, work: Path, options: dict) -> Data:
    """LCQMC in `folder`: so many pairs drawn from its train split, or all of it."""
    train = read_split(folder / "train.tsv" if (folder / "train.tsv").exists() else folder / "train.tsv.xz")
    drawn = np.random.default_rng(0).permutation(len(train[2]))[:rows]
    train = [train[0][row] for row in drawn], [train[1][row] for row in drawn], train[2][drawn]
    vocabulary = learn_vocabulary([*train[0], *train[1]], 8000)
    start = work / "start"
    model = build_model(shape, len(vocabulary), lcqmc.MAX_LENGTH, True, seed=0)
    save_folder(model, build_tokenizer(vocabulary, lcqmc.MAX_LENGTH), [start / name for name in FOLDER_FILES])
    dev = read_split(folder / "dev.tsv")
    if rows is None:
        test = read_split(folder / "test.tsv")
    else:
        dev, test = ([column[first : first + 2000] for column in dev] for first in (0, 2000))
    tokenizer = load_tokenizer(start)
    splits = (encoded(tokenizer, *split) for split in (train, dev, test))
    return Data(f"{len(drawn):,} pairs, {shape['layers']} x {shape['width']}", start, *splits, options)


def read_split(file: Path) -> list:
    return list(lcqmc.read_pairs(file))


def encoded(tokenizer: PreTrainedTokenizerBase, q: list[str], t: list[str], labels: np.ndarray) -> Split:
    return encode_pairs(tokenizer, q, t, lcqmc.MAX_LENGTH), labels


def train(
    data: Data, batches: str, epochs: float, seed: int, evaluations: int = EVALUATIONS
) -> tuple[float, float, float]:
    """Processor seconds of the updates, best dev accuracy, and the test accuracy of those weights."""
    AcceleratorState._reset_state(reset_partial_state=True)
    model = load_model(data.start, "classifier", seed)
    # The weights below the head too: a start that all seeds share would narrow what three seeds say.
    redraw(model, seed)
    task = Timed(model, *data.train, *data.dev, 0.5, "fine-tuning", MACHINE, "auto")
    updates = int(np.ceil(-(-len(data.train[1]) // data.options["batch_size"]) * epochs))
    plan = Plan(
        epochs=epochs, seed=seed, batches=batches, evaluate_every=-(-updates // evaluations), precision="auto",
        warmup=0.1, weight_decay=0.01, clip=1.0, **data.options,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as work:
        begun = time.process_time()
        best = fit(task, plan, MACHINE, Path(work))
        seconds = time.process_time() - begun + task.spent
    pairs, labels = data.test
    logits = predict_logits(model, pairs, 4096)
    return seconds, best.value, float((logits.argmax(1) == labels).mean())


def redraw(model: BertForSequenceClassification, seed: int) -> None:
    torch.manual_seed(seed)
    model.apply(model._init_weights)


def mix(data: Data, batches: str) -> str:
    """Smallest and largest share of positive pairs in the updates of an epoch."""
    labels, lengths = data.train[1], data.train[0].lengths
    updates = epoch_updates(lengths, data.options["batch_size"], 0, 0, batches)
    shares = [labels[rows].mean() for rows in updates if len(rows) == data.options["batch_size"]]
    return f"{min(shares):.0%} to {max(shares):.0%}"


def compare(data: Data, epochs: float, seeds: int) -> str:
    """A table of both ways, every seed's value and their median."""
    found: dict[str, list[tuple[float, float, float]]] = {way: [] for way in WAYS}
    cost = {way: seconds_an_epoch(data, way) for way in WAYS}
    length = {way: epochs * cost["by_length"] / cost[way] for way in WAYS}
    for seed in range(seeds):
        for way in WAYS:
            found[way].append(train(data, way, length[way], seed))
            print(data.name, way, seed, *(f"{value:.4f}" for value in found[way][-1]), flush=True)
    head = [data.name, "epochs", "positive in an update", "processor s", "dev", "dev, each seed", "test", "each seed"]
    return lcqmc.table(head, [row(data, way, length[way], found[way]) for way in WAYS])


def seconds_an_epoch(data: Data, way: str) -> float:
    """Processor seconds of an epoch, from two short trainings, so that what a training takes at its ends counts not."""
    part = PROBED * data.options["batch_size"] / len(data.train[1])
    short, long = (train(data, way, times * part, 99, evaluations=1)[0] for times in (1, 3))
    return (long - short) / (2 * part)


def row(data: Data, way: str, epochs: float, found: list[tuple[float, float, float]]) -> list[str]:
    seconds, dev, test = (list(column) for column in zip(*found, strict=True))
    each = [" ".join(f"{value:.4f}" for value in values) for values in (dev, test)]
    figures = [f"{median(seconds):.0f}", f"{median(dev):.4f}", each[0], f"{median(test):.4f}", each[1]]
    return [f"`{way}`", f"{epochs:.2f}", mix(data, way), *figures]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, help="folder of the real corpora")
    parser.add_argument("--what", nargs="+", choices=["sample", "lcqmc"], default=["sample", "lcqmc"])
    parser.add_argument("--rows", type=int, default=8000, help="pairs of the real LCQMC")
    parser.add_argument("--epochs", type=float, default=4, help="epochs of `by_length`")
    parser.add_argument("--shape", choices=SHAPES, default="small", help="model for the real LCQMC")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    small = SHAPES["small"] | {"dropout": 0.0}
    large = SHAPES[given.shape] | {"dropout": 0.1}
    plans = {
        "sample": (SAMPLE, None, small, {"batch_size": 64, "learning_rate": 1e-3}, given.epochs),
        "lcqmc": (given.corpora / "LCQMC", given.rows, large, {"batch_size": 64, "learning_rate": 5e-4}, given.epochs),
    }
    for what in given.what:
        folder, rows, shape, options, epochs = plans[what]
        with tempfile.TemporaryDirectory() as work:
            print(compare(read(folder, rows, shape, Path(work), options), epochs, given.seeds), flush=True)


if __name__ == "__main__":
    main()
