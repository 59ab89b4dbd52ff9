"""Explaining on the CPU: yiju beside the published way, Captum, LIME and SHAP.

    .venv/bin/pip install --no-deps --target <aside> captum lime shap   # and what they lack
    PYTHONPATH=<aside> .venv/bin/python benchmarks/attribution.py ../shared/corpora

Real pairs of LCQMC test, drawn from a seed; a stock model of 4 layers of 256 with random weights, float32. Every way
runs in a process of its own and they take turns; medians. Imports, loading and the first pairs, which warm up, do not
count; peaks are of the whole process. Rows of one table take the same number of samples or steps.
Ours attribute to segments, which in these sentences are nearly all single tokens.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

os.environ.setdefault("GOMP_SPINCOUNT", "1000")

# BLEU as it was published, which tests compare with.
sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

import lcqmc
import numpy as np
import rivals
import torch
from published_bleu import bleu4

from yiju.config.method import get_method
from yiju.data.items import Item, read_items
from yiju.data.segmentation import characters, segment_spans
from yiju.explain.attribution import score_pairs
from yiju.explain.ensemble import Ensemble, Reading
from yiju.explain.orders import orders_of
from yiju.explain.rationales.bleu import best_originals
from yiju.explain.subject import Subject

SEED, BUDGET, WARM = 111, 2048, 8
# By table: ways, each with the number of pairs that a turn takes.
TABLES: dict[str, dict[str, int]] = {
    "gradient x input": {
        "published": 400,
        "captum, padded to 64": 400,
        "captum": 600,
        "yiju": 3000,
        "yiju, bf16": 3000,
    },
    "integrated gradients": {
        "published": 48,
        "captum, padded to 64": 48,
        "captum": 48,
        "yiju": 240,
        "yiju, bf16": 240,
    },
    "occlusion": {"captum": 100, "yiju": 600},
    "lime": {"lime": 10, "yiju": 60},
    "kernel shap": {"shap": 10, "yiju": 60},
    "relations": {"published": 12, "yiju": 2151},
}
METHODS = {"gradient x input": "gradient_input_l2", "kernel shap": "kernel_shap"}


def ours(table: str, options: dict, dtype: torch.dtype | None, model: object, tokenizer: object, pairs: list) -> None:
    """The method of a table, on the labels that the model decides."""
    method = METHODS.get(table, table.replace(" ", "_"))
    chosen = {"method": method} | get_method(method).options.model_validate(options).model_dump()
    q, t = zip(*pairs, strict=True)
    segments = [tuple(segment_spans(text, characters(text)) for text in pair) for pair in pairs]
    subject = Subject.of(model, tokenizer, BUDGET)
    (order,) = orders_of(replace(subject.scorer, max_length=lcqmc.MAX_LENGTH), q, t, False, segments)
    ensemble = Ensemble([[Reading.of(subject, order)]])
    with torch.autocast("cpu", dtype) if dtype else nullcontext():
        score_pairs(ensemble, None, chosen, bar=False)


def way_of(table: str, way: str, given: argparse.Namespace) -> rivals.Explain:
    if way.startswith("yiju"):
        steps = {"steps": given.steps, "max_steps": given.steps}
        options = {"integrated gradients": steps, "lime": {"samples": given.samples}}
        options["kernel shap"] = {"samples": given.samples}
        return partial(ours, table, options.get(table, {}), torch.bfloat16 if way.endswith("bf16") else None)
    known: dict[str, Callable] = {
        "gradient x input published": rivals.published,
        "gradient x input captum": rivals.captum_gradient,
        "gradient x input captum, padded to 64": partial(rivals.captum_gradient, padding="max_length"),
        "integrated gradients published": partial(rivals.published, steps=given.steps),
        "integrated gradients captum": partial(rivals.captum_integrated, steps=given.steps),
        "integrated gradients captum, padded to 64": partial(
            rivals.captum_integrated, steps=given.steps, padding="max_length"
        ),
        "occlusion captum": rivals.captum_occlusion,
        "lime lime": partial(rivals.lime_package, samples=given.samples),
        "kernel shap shap": partial(rivals.shap_package, samples=given.samples),
    }
    return known[f"{table} {way}"]


def one_turn(given: argparse.Namespace) -> dict[str, float]:
    """Seconds a pair, and the process's peak in MB."""
    torch.set_num_threads(given.threads)
    table, way = given.turn
    count = TABLES[table][way]
    if table == "relations":
        seconds = relations(given.corpora, way, count)
    else:
        model, tokenizer = lcqmc.build("finetune", given.model).eval(), lcqmc.read_tokenizer(given.vocabulary)
        pairs, explain = draw(given.corpora, count + WARM), way_of(table, way, given)
        explain(model, tokenizer, pairs[:WARM])
        begun = time.perf_counter()
        explain(model, tokenizer, pairs[WARM:])
        seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return {"seconds": seconds / count, "peak": peak}


def draw(corpora: Path, count: int) -> list[rivals.Pair]:
    q, t = test_pairs(corpora)
    rows = np.random.default_rng(SEED).permutation(len(q))[:count]
    return [(q[row], t[row]) for row in rows]


def test_pairs(corpora: Path) -> tuple[Sequence[str], Sequence[str]]:
    """Both sentences of LCQMC test, which may come without labels."""
    with lzma.open(corpora / "LCQMC" / "test.tsv.xz", "rt", encoding="utf-8", newline="\n") as lines:
        q, t = zip(*(line.rstrip("\n").split("\t")[:2] for line in lines), strict=True)
    return q, t


def relations(corpora: Path, way: str, count: int) -> float:
    """Seconds to find the originals of `count` disturbed items of test set B by BLEU-4."""
    q, t = test_pairs(corpora)
    firsts, seconds = set(q), set(t)
    items = read_items(corpora / "test_sets" / "sim_interpretation_B.txt")
    known = [words(item) for item in items if item.q in firsts and item.t in seconds]
    others = [words(item) for item in items if item.q not in firsts or item.t not in seconds]
    chosen = np.random.default_rng(SEED).permutation(len(others))[:count]
    begun = time.perf_counter()
    if way == "yiju":
        best_originals(known, [others[row] for row in chosen])
    else:
        [max(range(len(known)), key=[bleu4(own, others[row]) for own in known].__getitem__) for row in chosen]
    return time.perf_counter() - begun


def words(item: Item) -> list[str]:
    return [*item.q_segments, *item.t_segments]


def measure(given: argparse.Namespace, table: str) -> str:
    """The table's ways in turns, each turn in a new process."""
    found: dict[str, list[dict]] = {way: [] for way in TABLES[table]}
    for _ in range(given.repeat):
        for way, turns in found.items():
            command = [sys.executable, __file__, *sys.argv[1:], "--turn", table, way]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(done.stderr)
            turns.append(json.loads(done.stdout.splitlines()[-1]))
            print(f"{table}, {way}: {1 / turns[-1]['seconds']:.1f} a second", file=sys.stderr, flush=True)
    return lcqmc.table(*rows_of(table, {way: summary(turns) for way, turns in found.items()}, given))


def summary(turns: Sequence[dict]) -> tuple[float, float]:
    return median(turn["seconds"] for turn in turns), median(turn["peak"] for turn in turns)


def rows_of(table: str, figures: dict[str, tuple[float, float]], given: argparse.Namespace) -> tuple[list, list]:
    others = [way for way in figures if not way.startswith("yiju")]
    notes = {"integrated gradients": f", {given.steps} steps"}
    notes |= dict.fromkeys(("lime", "kernel shap"), f", {given.samples} samples")
    head = [table + notes.get(table, ""), "a second", "peak MB", *(f"x {other}" for other in others)]
    rows = [
        [way, f"{1 / seconds:,.1f}", f"{peak:.0f}", *(f"{figures[other][0] / seconds:.2f}" for other in others)]
        for way, (seconds, peak) in figures.items()
    ]
    return head, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, help="folder of the real corpora")
    parser.add_argument("--what", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--model", choices=lcqmc.SHAPES, default="tiny")
    parser.add_argument("--steps", type=int, default=20, help="of integrated gradients")
    parser.add_argument("--samples", type=int, default=500, help="of LIME and SHAP")
    parser.add_argument("--repeat", type=int, default=3, help="turns of each way")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--turn", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    given.vocabulary = given.corpora / "vocab" / "vocab.txt"
    if given.turn:
        print(json.dumps(one_turn(given)))
        return
    print(f"{given.model}, {given.threads} threads, torch {torch.__version__}, medians of {given.repeat}\n", flush=True)
    for table in given.what:
        print(measure(given, table), flush=True)


if __name__ == "__main__":
    main()
