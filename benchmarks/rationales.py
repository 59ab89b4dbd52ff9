"""Which rationale a judgement rests on: methods and ways to end a rationale, side by side, by figures made for pairs.

    python benchmarks/rationales.py MODEL PAIRS.tsv [NUMBER]

MODEL: a model folder; PAIRS.tsv: lines of two sentences (further columns are not read), of which NUMBER (200) distinct
ones are drawn. Every method explains the same pairs, on one thread. Its rationale is the best 70.5 % or 30 % of either
sentence, or the smallest set that alone keeps the judgement. Printed for each, by the label that was judged: the share
of segments; how far p(label) falls without the rationale of one sentence, and stays with nothing else left, beyond as
many random segments, with the half-width of the 95 % interval; how many judgements the rationale alone keeps; and
milliseconds a pair, judgement and search included.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import torch
from yiju.attribution.segments import Segmented, segmented

from yiju import Explainer
from yiju.attribution.subject import evaluating
from yiju.explanation import Explanation
from yiju.metrics.pairwise import pairwise
from yiju.rationale.sets import with_segments
from yiju.tokens import encode, pair_up

METHODS: dict[str, dict] = {
    "random": {},
    "occlusion": {},
    "occlusion, deleted": {"removal": "delete"},
    "lime": {},
    "lime, deleted": {"removal": "delete"},
    "kernel_shap, deleted": {"removal": "delete"},
    "integrated_gradients": {},
    "gradient_input_l2": {},
}
ENDS = {"best 70.5 %": 0.705, "best 30 %": 0.3, "smallest": None}
LABELS = ("not similar", "similar")
SEED = 1


def main(model: str, pairs: str, number: str = "200") -> None:
    torch.set_num_threads(1)
    explainer = Explainer.from_pretrained(model, device="cpu")
    rows = draw(Path(pairs), int(number))
    found, labels = prepare(explainer, rows)
    print(f"{len(rows)} pairs, judged {np.bincount(labels, minlength=2).tolist()} (not similar, similar)")
    print("method | rationale | judged | segments | one sentence | alone | kept | ms a pair")
    for name, options in METHODS.items():
        for end, ratio in ENDS.items():
            started = time.process_time()
            explained = explainer.explain(rows, name.split(",")[0], ratio=ratio, **options)
            cost = 1000 * (time.process_time() - started) / len(rows)
            report(explainer, found, labels, chosen(explained), f"{name} | {end}", cost)


def draw(file: Path, number: int) -> list[tuple[str, str]]:
    """Distinct pairs at random, in the order of the file."""
    lines = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines())
    distinct = list(dict.fromkeys((line[0], line[1]) for line in lines if len(line) > 1 and line[0] and line[1]))
    places = np.random.default_rng(SEED).permutation(len(distinct))[:number]
    return [distinct[place] for place in sorted(places)]


def prepare(explainer: Explainer, rows: list[tuple[str, str]]) -> tuple[Segmented, np.ndarray]:
    """The pairs with the tokens of their segments, and what they are judged."""
    items = pl.DataFrame({"q": [q for q, _ in rows], "t": [t for _, t in rows]})
    table = with_segments(items.with_columns(q_segments=None, t_segments=None))
    q, t = (encode(explainer.tokenizer, items[side].to_list(), spans=True) for side in "qt")
    found = segmented(table, q, t, pair_up(explainer.tokenizer, q, t, explainer.max_length))
    return found, np.array([one.label for one in explainer.predict(rows)], dtype=np.int64)


def chosen(explained: list[Explanation]) -> np.ndarray:
    """Which segments are rationales: bool [segments]."""
    segments = (part for one in explained for side in one.sides for part in side.segments)
    return np.array([part.rank is not None for part in segments])


def report(
    explainer: Explainer, found: Segmented, labels: np.ndarray, rationale: np.ndarray, name: str, cost: float
) -> None:
    with explainer.computing() as subject, evaluating(subject.model):
        values = pairwise(subject, found, labels, rationale, SEED, "delete")
    share = np.bincount(found.layout.owners, weights=rationale, minlength=len(labels)) / found.layout.counts.sum(axis=1)
    for label, word in enumerate(LABELS):
        own = labels == label
        falls, stays = (told(values[f"{metric}.beyond_random"][own]) for metric in ("one_sided", "alone"))
        kept = values["kept"][own].mean()
        print(f"{name} | {word} | {share[own].mean():.2f} | {falls} | {stays} | {kept:.3f} | {cost:.0f}", flush=True)


def told(values: np.ndarray) -> str:
    return f"{values.mean():+.3f} ± {1.96 * values.std(ddof=1) / len(values) ** 0.5:.3f}"


if __name__ == "__main__":
    main(*sys.argv[1:])
