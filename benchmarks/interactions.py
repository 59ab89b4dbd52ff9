"""Which estimate of the matrix ranks the cells of long pairs better: exact for the strongest segments, or sampled.

    python benchmarks/interactions.py MODEL PAIRS.tsv [NUMBER]

MODEL: a model folder; PAIRS.tsv: lines of two sentences (further columns are not read), of which NUMBER (40) distinct
ones are drawn whose matrix has more than 400 cells. On one thread. Estimates: exact joint occlusion of the 20 strongest
segments of either sentence, Shapley interactions from as many judgements and from more, gradients, random numbers.

Printed is what the strongest cells and links of each estimate do beyond random cells and spans of the same pair
(`yiju.evaluation.metrics.matrix_faithfulness`, in log p(label)), with the half-width of the 95 % interval, for both
operators: `instead` should be below 0 and the others above. Last: milliseconds of the processor a pair.

Whether the Shapley interactions are right is asked by `shapiq_oracle.py`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import torch

from yiju import Explainer
from yiju.base import tables
from yiju.base.types import Removal
from yiju.data.segmentation import characters
from yiju.data.sets import with_segments
from yiju.evaluation.metrics.matrix_faithfulness import NAMES, matrix_figures
from yiju.explain.attribute_set import read_items
from yiju.explain.ensemble import Ensemble, Reading
from yiju.explain.interaction import gradient_matrices, joint_occlusion
from yiju.explain.shapley_interactions import shapley_interactions

CELLS, SEED = 400, 1
REMOVALS: tuple[Removal, ...] = ("delete", "mask")
Matrices = list[np.ndarray]


def sampled(samples: int) -> Callable[[Ensemble, np.ndarray], Matrices]:
    return lambda ensemble, labels: [one.values for one in shapley_interactions(ensemble, labels, "delete", samples)]


def by_chance(ensemble: Ensemble, labels: np.ndarray) -> Matrices:
    generator = np.random.default_rng(SEED + 1)
    found = gradient_matrices(ensemble, labels)
    return [np.where(np.isnan(one), np.nan, generator.random(one.shape) - 0.5) for one in found]


ESTIMATES: dict[str, Callable[[Ensemble, np.ndarray], Matrices]] = {
    "20 strongest": lambda ensemble, labels: joint_occlusion(ensemble, labels, "delete"),
    "Shapley, 460 samples": sampled(460),
    "Shapley, 2000 samples": sampled(2000),
    "gradients": gradient_matrices,
    "random": by_chance,
}


def main(model: str, pairs: str, number: str = "40") -> None:
    torch.set_num_threads(1)
    explainer = Explainer.from_pretrained(model, device="cpu", seed=SEED)
    rows = draw(Path(pairs), int(number))
    labels = np.array([one.label for one in explainer.predict(rows)], dtype=np.int64)
    print(f"{len(rows)} pairs, judged {np.bincount(labels, minlength=2).tolist()} (not similar, similar)")
    print(" | ".join(["estimate", "operator", *NAMES, "ms a pair"]))
    with explainer.computing() as subject:
        settings = {"max_length": explainer.max_length, "average_orders": explainer.average_orders}
        orders = read_items(explainer.scorer, items_of(rows), settings)
        ensemble = Ensemble([[Reading.of(subject, order) for order in orders]])
        with ensemble.evaluating():
            for name, estimate in ESTIMATES.items():
                started = time.process_time()
                matrices = estimate(ensemble, labels)
                cost = 1000 * (time.process_time() - started) / len(rows)
                for removal in REMOVALS:
                    figures = measure(ensemble, labels, matrices, removal)
                    print(f"{name} | {removal} | {figures} | {cost:.0f}", flush=True)


def draw(file: Path, number: int) -> list[tuple[str, str]]:
    """Distinct pairs of more than 400 cells at random, in the order of the file."""
    lines = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
    distinct = dict.fromkeys((line[0], line[1]) for line in lines if len(line) > 1)
    long = [one for one in distinct if len(characters(one[0])) * len(characters(one[1])) > CELLS]
    places = np.random.default_rng(SEED).permutation(len(long))[:number]
    return [long[place] for place in sorted(places)]


def items_of(rows: list[tuple[str, str]]) -> pl.DataFrame:
    columns = {"item": list(map(str, range(len(rows)))), "q": [q for q, _ in rows], "t": [t for _, t in rows]}
    empty = {name: pl.lit(None) for name in set(tables.ITEMS.names) - set(columns)}
    return with_segments(pl.DataFrame(columns).with_columns(**empty))


def measure(ensemble: Ensemble, labels: np.ndarray, matrices: Matrices, removal: Removal) -> str:
    """The figures, each with the half-width of its interval, over the pairs that have one."""
    known = (own[~np.isnan(own)] for own in matrix_figures(ensemble, labels, matrices, removal, SEED).values())
    return " | ".join(f"{own.mean():+.3f} ± {1.96 * own.std(ddof=1) / len(own) ** 0.5:.3f}" for own in known)


if __name__ == "__main__":
    main(*sys.argv[1:])
