"""Which rationale a judgement rests on: methods side by side, by figures made for pairs, and whether they hold.

    python benchmarks/rationales.py MODEL PAIRS.tsv [NUMBER]

MODEL: a model folder; PAIRS.tsv: lines of two sentences (further columns are not read), of which NUMBER (200) distinct
ones are drawn. Every method explains the same pairs, on one thread; its rationale is the smallest set that alone keeps
the judgement. Printed for each, by the label that was judged, not similar / similar:

- the share of segments in the rationale;
- how far p(label) falls without the rationale of one sentence, and stays with nothing else left, beyond as many random
  segments (deletion), with the half-width of the 95 % interval;
- how many judgements the rationale alone keeps;
- and for both labels together: pairs in which another seed ranks the same three segments first, and those in which it
  does not but either explanation says that the third and the fourth cannot be told apart (ties); segments in a
  rationale that speak against the judgement or were not read; milliseconds of the processor a pair, judgement, search
  and effects included.

The last line says of the first method, which explains by default, whether its two figures hold and are within a tenth
of those of the best method.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import torch

from yiju import Explainer
from yiju.base import tables
from yiju.data.sets import with_segments
from yiju.evaluation.metrics.pairwise import pairwise
from yiju.explain.attribute_set import read_items
from yiju.explain.ensemble import Ensemble, Reading
from yiju.explain.explanation import Explanation
from yiju.explain.rationales.layout import Layout, layout_of

METHODS: dict[str, dict] = {
    "occlusion_shapley": {},
    "occlusion": {},
    "occlusion, [MASK]": {"removal": "mask"},
    "kernel_shap, one side at a time": {"sides": "one", "samples": 128},
    "kernel_shap": {},
    "lime": {},
    "integrated_gradients": {},
    "gradient_input_l2": {},
    "random": {},
}
LABELS = ("not similar", "similar")
FIGURES = ("one_sided.beyond_random", "alone.beyond_random")
SEEDS = (1, 2)
FIRST = 3


def main(model: str, pairs: str, number: str = "200") -> None:
    torch.set_num_threads(1)
    explainers = [Explainer.from_pretrained(model, device="cpu", seed=seed) for seed in SEEDS]
    rows = draw(Path(pairs), int(number))
    labels = np.array([one.label for one in explainers[0].predict(rows)], dtype=np.int64)
    print(f"{len(rows)} pairs, judged {np.bincount(labels, minlength=2).tolist()} (not similar, similar)")
    print("method | segments | one sentence | alone | kept | same first three, ties | no grounds | ms a pair")
    figures = {}
    for name, options in METHODS.items():
        started = time.process_time()
        explained = explainers[0].explain(rows, name.split(",")[0], **options)
        cost = 1000 * (time.process_time() - started) / len(rows)
        other = explainers[1].explain(rows, name.split(",")[0], **options)
        figures[name] = measure(explainers[0], rows, labels, explained)
        report(name, figures[name], labels, explained, other, cost)
    print(verdict(figures, labels))


def draw(file: Path, number: int) -> list[tuple[str, str]]:
    """Distinct pairs at random, in the order of the file."""
    lines = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
    distinct = list(dict.fromkeys((line[0], line[1]) for line in lines if len(line) > 1 and line[0] and line[1]))
    places = np.random.default_rng(SEEDS[0]).permutation(len(distinct))[:number]
    return [distinct[place] for place in sorted(places)]


def measure(
    explainer: Explainer, rows: list[tuple[str, str]], labels: np.ndarray, explained: list[Explanation]
) -> dict[str, np.ndarray]:
    """The figures made for pairs, and the share of segments: float64 [pairs] each."""
    segments = (part for one in explained for side in one.sides for part in side.segments)
    rationale = np.array([part.rank is not None for part in segments])
    with before(explainer, rows) as (ensemble, layout):
        found = pairwise(ensemble, layout, labels, rationale, SEEDS[0], "delete", explainer.margin)
    return found | {"share": share(layout, rationale)}


@contextmanager
def before(explainer: Explainer, rows: list[tuple[str, str]]) -> Iterator[tuple[Ensemble, Layout]]:
    """The pairs before the model, cut into segments."""
    columns = {"item": list(map(str, range(len(rows)))), "q": [q for q, _ in rows], "t": [t for _, t in rows]}
    empty = dict.fromkeys(set(tables.ITEMS.names) - set(columns))
    items = with_segments(pl.DataFrame(columns).with_columns(**{name: pl.lit(value) for name, value in empty.items()}))
    layout = layout_of(items)
    settings = {"max_length": explainer.max_length, "average_orders": explainer.average_orders}
    with explainer.computing() as subject:
        orders = read_items(explainer.scorer, items, settings)
        ensemble = Ensemble([[Reading.of(subject, order) for order in orders]])
        with ensemble.evaluating():
            yield ensemble, layout


def share(layout: Layout, rationale: np.ndarray) -> np.ndarray:
    return np.bincount(layout.owners, weights=rationale, minlength=len(layout)) / layout.counts.sum(axis=1)


def report(
    name: str,
    values: dict[str, np.ndarray],
    labels: np.ndarray,
    explained: list[Explanation],
    other: list[Explanation],
    cost: float,
) -> None:
    own = [labels == label for label in range(len(LABELS))]
    shares, kept = (" / ".join(f"{values[key][one].mean():.3f}" for one in own) for key in ("share", "kept"))
    falls, stays = (" / ".join(told(values[figure][one]) for one in own) for figure in FIGURES)
    both = list(zip(explained, other, strict=True))
    same = np.array([leading(a) == leading(b) for a, b in both])
    tied = np.array([False in (a.apart, b.apart) for a, b in both])
    bad = sum(no_ground(part) for one in explained for side in one.sides for part in side.rationale)
    seeds = f"{same.mean():.3f}, {(tied & ~same).mean():.3f}"
    print(f"{name} | {shares} | {falls} | {stays} | {kept} | {seeds} | {bad} | {cost:.0f}", flush=True)


def leading(found: Explanation) -> set[int]:
    scores = [part.score for side in found.sides for part in side.segments]
    known = [-np.inf if score is None else score for score in scores]
    return set(np.argsort(-np.array(known), kind="stable")[:FIRST].tolist())


def no_ground(part: object) -> bool:
    return part.score is None or part.score <= 0


def told(values: np.ndarray) -> str:
    return f"{values.mean():+.3f} ± {half(values):.3f}"


def half(values: np.ndarray) -> float:
    return 1.96 * values.std(ddof=1) / len(values) ** 0.5


def verdict(figures: dict[str, dict[str, np.ndarray]], labels: np.ndarray) -> str:
    first, found = next(iter(figures)), []
    for figure in FIGURES:
        for label, word in enumerate(LABELS):
            means = {name: own[figure][labels == label].mean() for name, own in figures.items()}
            values, best = figures[first][figure][labels == label], max(means, key=means.__getitem__)
            holds = means[first] > half(values)
            found.append(
                f"{figure} {word}: {'holds' if holds else 'does not hold'}, {means[first] / means[best]:.2f} of {best}"
            )
    return f"{first}: " + "; ".join(found)


if __name__ == "__main__":
    main(*sys.argv[1:])
