"""Augmentation of the real LCQMC train: the published rule and the closure, ours beside plain Python, same output.

.venv/bin/python benchmarks/augmentation.py ../shared/corpora/LCQMC/train.tsv.xz

Both begin with the rows in memory (a list of tuples, a polars table) and end with the new pairs in words; equal
sentences are equal strings. The published children must be the same in the same order; of the closure, without limits,
the same pairs. Ours also finds the rows that each pair follows from. Every turn is a process of its own, the sides
take turns; seconds are of the augmentation alone, peaks of the whole process, rows included.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import resource
import subprocess
import sys
import time
from collections import defaultdict
from itertools import combinations, product
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "workflow_scripts"))

import numpy as np
import polars as pl

from yiju.data.augment.closure import close
from yiju.data.augment.graph import sentence_graph
from yiju.data.augment.published_augmentation import transfer
from yiju.data.sentence_keys import number_sentences

Row = tuple[str, str, int]


def read_tuples(train: Path) -> list[Row]:
    with lzma.open(train, "rt", encoding="utf-8", newline="\n") as file:
        rows = (line.rstrip("\n").split("\t") for line in file)
        return [(q, t, int(label)) for q, t, label in rows]


def read_table(train: Path) -> pl.DataFrame:
    schema = {"q": pl.String, "t": pl.String, "label": pl.Int8}
    with lzma.open(train) as file:
        return pl.read_csv(file.read(), separator="\t", quote_char=None, has_header=False, schema=schema)


def plain_published(rows: list[Row]) -> list[Row]:
    groups: dict[str, tuple[list[str], list[str]]] = {}
    for q, t, label in rows:
        groups.setdefault(q, ([], []))[label].append(t)
    children = []
    for different, similar in groups.values():
        if not similar or not different:
            continue
        rate = len(similar) / len(different)
        positive, negative = list(combinations(similar, 2)), list(product(similar, different))
        if rate < len(positive) / len(negative):
            positive = positive[: int(len(negative) * rate)]
        else:
            negative = negative[: int(len(positive) / rate)]
        children += [(q, t, 1) for q, t in positive]
        children += [(q, t, 0) for q, t in negative]
    return children


def plain_closure(rows: list[Row]) -> list[Row]:
    parent: dict[str, str] = {}

    def root(sentence: str) -> str:
        while parent[sentence] != sentence:
            parent[sentence] = parent[parent[sentence]]
            sentence = parent[sentence]
        return sentence

    for q, t, label in rows:
        parent.setdefault(q, q)
        parent.setdefault(t, t)
        if label == 1:
            parent[root(t)] = root(q)
    components = defaultdict(list)
    for sentence in parent:
        components[root(sentence)].append(sentence)
    apart = {(root(q), root(t)) for q, t, label in rows if label == 0}
    wrong = {first for first, second in apart if first == second}
    place = {sentence: number for number, sentence in enumerate(parent)}
    known = {(q, t) if place[q] < place[t] else (t, q) for q, t, _ in rows}
    similar = {pair for first, own in components.items() if first not in wrong for pair in combinations(own, 2)}
    unlike = {
        (q, t) if place[q] < place[t] else (t, q)
        for first, second in apart
        if first not in wrong and second not in wrong
        for q, t in product(components[first], components[second])
    }
    return [(q, t, 1) for q, t in similar - known] + [(q, t, 0) for q, t in unlike - known]


def our_published(rows: pl.DataFrame) -> pl.DataFrame:
    label = rows["label"].to_numpy()
    first, second, made = transfer(rows["q"].hash().to_numpy(), label, np.zeros(len(label), dtype=np.int16))
    return pl.DataFrame({"q": rows["t"].gather(first), "t": rows["t"].gather(second), "label": made})


def our_closure(rows: pl.DataFrame) -> pl.DataFrame:
    sentences = number_sentences(rows.select(pl.col("q", "t").hash()).to_numpy())
    label = rows["label"].to_numpy()
    graph = sentence_graph(sentences[:, 0], sentences[:, 1], label, np.zeros(len(label), dtype=np.int16))
    nothing = np.empty(0, dtype=np.uint32)
    new, _ = close(graph, (nothing, nothing), share=None, per_component=None, seed=1)
    # The numbers go by appearance, so the first places of the sentences are their texts in order.
    _, places = np.unique(sentences, return_index=True)
    texts = rows.select(pl.concat_list("q", "t").explode()).to_series().gather(places)
    return pl.DataFrame({"q": texts.gather(new.q), "t": texts.gather(new.t), "label": new.label})


SIDES = {
    "published": {"plain": plain_published, "ours": our_published},
    "closure": {"plain": plain_closure, "ours": our_closure},
}


def turn(train: Path, method: str, side: str) -> dict:
    """One augmentation in this process: seconds, peak MB, rows made, and a checksum of them."""
    rows = read_table(train) if side == "ours" else read_tuples(train)
    started = time.perf_counter()
    made = SIDES[method][side](rows)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    children = made.rows() if side == "ours" else made
    if method == "closure":
        children = sorted(children)
    checksum = hashlib.sha256(json.dumps(children).encode()).hexdigest()
    return {"seconds": seconds, "peak": peak, "rows": len(children), "checksum": checksum}


def compare(train: Path, method: str, repeat: int) -> str:
    """A row of the table: medians of both sides, which take turns."""
    turns: dict[str, list[dict]] = {"plain": [], "ours": []}
    for _ in range(repeat):
        for side, measured in turns.items():
            command = [sys.executable, __file__, str(train), "--method", method, "--side", side]
            measured.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
    made = {(one["rows"], one["checksum"]) for measured in turns.values() for one in measured}
    if len(made) > 1:
        raise SystemExit(f"{method}: the two disagree: {made}")
    plain, ours = ({key: median(one[key] for one in turns[side]) for key in ("seconds", "peak")} for side in turns)
    cells = [method, f"{made.pop()[0]:,}", f"{plain['seconds']:.2f} s", f"{ours['seconds']:.3f} s"]
    cells += [f"{plain['seconds'] / ours['seconds']:.1f}x", f"{plain['peak']:.0f} MB", f"{ours['peak']:.0f} MB"]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path, help="train.tsv.xz of LCQMC")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--method", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--side", choices=["plain", "ours"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        print(json.dumps(turn(given.train, given.method, given.side)))
        return
    print("| method | new pairs | plain Python | ours | ratio | peak, plain | peak, ours |")
    print("|---|---|---|---|---|---|---|")
    for method in SIDES:
        print(compare(given.train, method, given.repeat), flush=True)


if __name__ == "__main__":
    main()
