"""Explaining a query against a long document: time and memory by units, on a small model of 8,192 positions.

    .venv/bin/python benchmarks/long_documents.py

A two-layer BERT with random weights; the document's sentences are characters drawn from a seed. Every turn is a process
of its own and they take turns; medians. What is told of memory is the peak of the process beyond what it held when the
model was there, and the largest sum of numpy's and Python's own allocations (tracemalloc). Loading does not count.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from statistics import median

os.environ.setdefault("GOMP_SPINCOUNT", "1000")

import numpy as np
import torch
from lcqmc import table
from transformers import BertConfig, BertForSequenceClassification

from yiju import Explainer
from yiju.models.build import build_tokenizer
from yiju.models.vocabulary import SPECIALS

SEED, POSITIONS, SENTENCE = 111, 8192, 40
SHAPE = {"num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 2, "intermediate_size": 128}
ALPHABET = [chr(0x4E00 + place) for place in range(500)]
Pair = tuple[str, str]
WAYS: dict[str, Callable[[Explainer, Pair], object]] = {
    "judge": lambda explainer, pair: explainer.predict(pair),
    "sentences": lambda explainer, pair: explainer.explain(pair, "occlusion", units="sentences"),
    "sentences, matrix": lambda explainer, pair: explainer.explain(
        pair, "occlusion", matrix="occlusion", units="sentences"
    ),
    "characters": lambda explainer, pair: explainer.explain(pair, "occlusion"),
}
# Tokens of the pairs, and how each of them is explained: by characters only what ends within minutes.
TURNS = [(tokens, way) for tokens in (1000, 4000) for way in WAYS if way != "characters" or tokens == 1000]


def build() -> Explainer:
    vocabulary = [*SPECIALS, *ALPHABET, "。"]
    torch.manual_seed(SEED)
    config = BertConfig(vocab_size=len(vocabulary), max_position_embeddings=POSITIONS, **SHAPE)
    return Explainer(BertForSequenceClassification(config).eval(), build_tokenizer(vocabulary, POSITIONS))


def draw(tokens: int) -> Pair:
    """A query of two sentences, and a document: with [CLS] and two [SEP] so many tokens."""
    drawn = np.random.default_rng(SEED).choice(ALPHABET, tokens - 3)
    drawn[SENTENCE - 1 :: SENTENCE] = "。"
    text = "".join(drawn)
    return text[: 2 * SENTENCE], text[2 * SENTENCE :]


def peak() -> float:
    """Of the process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def one_turn(tokens: int, way: str, traced: bool) -> dict[str, float]:
    explainer, pair = build(), draw(tokens)
    explainer.predict(("".join(ALPHABET[:9]), "".join(ALPHABET[:9])))
    before = peak()
    if traced:
        tracemalloc.start()
    begun = time.perf_counter()
    WAYS[way](explainer, pair)
    seconds = time.perf_counter() - begun
    arrays = tracemalloc.get_traced_memory()[1] / 2**20 if traced else 0.0
    return {"seconds": seconds, "peak": peak() - before, "arrays": arrays}


def turn(given: argparse.Namespace, tokens: int, way: str, traced: bool) -> dict[str, float]:
    command = [sys.executable, __file__, "--threads", str(given.threads), "--turn", str(tokens), way, str(int(traced))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def measure(given: argparse.Namespace) -> list[list[str]]:
    found: dict[tuple[int, str], list[dict[str, float]]] = {one: [] for one in TURNS}
    for _ in range(given.repeat):
        for (tokens, way), own in found.items():
            own.append(turn(given, tokens, way, traced=False))
    rows = []
    for (tokens, way), own in found.items():
        seconds, beyond = (median(one[key] for one in own) for key in ("seconds", "peak"))
        # Counting allocations takes time of its own, and so is a turn apart.
        arrays = turn(given, tokens, way, traced=True)["arrays"]
        rows.append([f"{tokens:,}", way, f"{seconds:.1f} s", f"{beyond:,.0f} MB", f"{arrays:,.0f} MB"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3, help="turns of each way")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--turn", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if given.turn:
        tokens, way, traced = given.turn
        print(json.dumps(one_turn(int(tokens), way, traced == "1")))
        return
    print(table(["tokens", "way", "time", "peak beyond the model", "arrays"], measure(given)))


if __name__ == "__main__":
    main()
