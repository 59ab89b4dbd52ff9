"""Whether pairs that yiju label-next picks are worth more than random ones, or than those of other rules.

    .venv/bin/python benchmarks/label_next.py CORPORA [--labelled 2000] [--pool 8000] [--added 1000] [--seeds 3]
                                              [--first-seed 0] [--ways WAY…]

CORPORA: the folder of the publishers' files, of which LCQMC is read; without it nothing is measured. For each seed a
model of 2 layers of 64 learns the labelled pairs from nothing. Of a pool, pairs are added by each way, a model learns
both from nothing, and judges LCQMC dev. Pairs of dev are in neither. The sentences of the pool are known to the
vocabulary, as those of an unlabelled corpus are.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow_scripts"))

import retraining
from evidence import SMALL, sample

from yiju.explain.evidence.k_center import FARTHEST, nearest_learnt, uncertainties, units, weighted_k_center
from yiju.explain.evidence.measures import softmax
from yiju.explain.evidence.training_evidence import representations_of
from yiju.models.decision import Decision
from yiju.models.linear_head import linear_head
from yiju.models.opening import open_scorer

SETTINGS = {"epochs": 6.0, "learning_rate": 1e-3, "batch_size": 64, "warmup": 0.1}
WAYS = ("nothing", "random", "uncertainty alone", "distance alone", "the rule without an index", "the rule", "badge")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--labelled", type=int, default=2000)
    parser.add_argument("--pool", type=int, default=8000)
    parser.add_argument("--added", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--ways", nargs="+", default=WAYS, choices=WAYS, metavar="WAY")
    options = parser.parse_args()
    if not (options.corpora / "LCQMC").is_dir():
        print(f"{options.corpora}: no folder LCQMC, so nothing is measured")
        return
    dev = sample("dev", options.corpora)
    train = sample("train", options.corpora).join(dev, on=["q", "t"], how="anti", maintain_order="left")
    found: dict[str, list[float]] = {way: [] for way in options.ways}
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        started = time.process_time()
        with tempfile.TemporaryDirectory() as work:
            drawn = train.sample(options.labelled + options.pool, seed=seed, shuffle=True)
            for way, accuracy in accuracies(drawn, dev, Path(work), options, seed):
                found[way].append(accuracy)
                print(f"seed {seed}, added: {way:<27}{accuracy:.4f}", flush=True)
        print(f"seed {seed}: {time.process_time() - started:.0f} s of the processor", flush=True)
    for way, own in found.items():
        beyond = np.subtract(own, found["random"])
        print(f"{way:<27}{np.mean(own):.4f}  beyond random {beyond.mean():+.4f} {[f'{one:+.4f}' for one in beyond]}")


def accuracies(drawn: pl.DataFrame, dev: pl.DataFrame, work: Path, options: argparse.Namespace, seed: int):
    """Each way, and the accuracy on dev of a model that also learnt the pairs which it added."""
    experiment = retraining.Experiment(drawn[:0], drawn, dev, work, SMALL, SETTINGS)
    experiment.start()
    labelled, truth = np.arange(options.labelled), dev["label"].to_numpy()
    first = experiment.trained("labelled", labelled, seed)
    rows = picked(first, drawn, options, seed)
    for way in options.ways:
        kept = np.concatenate([labelled, options.labelled + rows[way]])
        model = first if way == "nothing" else experiment.trained(way.replace(" ", "-"), kept, seed)
        if way != "nothing":
            share = drawn[kept[options.labelled :]]["label"].mean()
            print(f"seed {seed}, {way}: {share:.1%} of the added pairs are similar", flush=True)
        yield way, float(((experiment.margins(model) > 0) == truth).mean())


def picked(model: Path, drawn: pl.DataFrame, options: argparse.Namespace, seed: int) -> dict[str, np.ndarray]:
    """Rows of the pool by each way."""
    scorer = open_scorer(model)
    pairs = retraining.tokens(scorer, drawn)
    head = linear_head(scorer, pairs)
    vectors = np.stack([one.vector for one in representations_of(head, [pairs], retraining.BUDGET)])
    outputs = (vectors @ head.weight.T + head.bias).astype(np.float64)[options.labelled :]
    weights, pool = uncertainties(Decision(scorer.classes), outputs), units(vectors[options.labelled :])
    nearest, _ = nearest_learnt(pool, vectors[: options.labelled])
    unknown, count = np.full(len(pool), FARTHEST), options.added
    return {
        "nothing": np.zeros(0, np.int64),
        "random": np.random.default_rng(seed).permutation(len(pool))[:count],
        "uncertainty alone": np.argsort(-weights, kind="stable")[:count],
        "distance alone": weighted_k_center(pool, np.ones(len(pool)), nearest, count),
        "the rule without an index": weighted_k_center(pool, weights, unknown, count),
        "the rule": weighted_k_center(pool, weights, nearest, count),
        "badge": badge(vectors[options.labelled :], outputs, count, seed),
    }


def badge(vectors: np.ndarray, outputs: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Rows by BADGE (Ash et al. 2020, https://arxiv.org/abs/1906.03671): k-means++ on the gradients of the head.

    The gradient of a pair is that of the cross-entropy of the label that the model gives it, (p - y) times the vector.
    """
    errors = softmax(outputs)
    errors[np.arange(len(errors)), outputs.argmax(axis=1)] -= 1
    lengths = (errors**2).sum(axis=1) * (vectors.astype(np.float64) ** 2).sum(axis=1)
    random, found = np.random.default_rng(seed), [int(lengths.argmax())]
    nearest = np.full(len(vectors), np.inf)
    for _ in range(count - 1):
        last = found[-1]
        alike = (errors @ errors[last]) * (vectors @ vectors[last])
        nearest = np.minimum(nearest, np.maximum(lengths + lengths[last] - 2 * alike, 0))
        nearest[found] = 0
        found.append(int(random.choice(len(vectors), p=nearest / nearest.sum())))
    return np.array(found)


if __name__ == "__main__":
    main()
