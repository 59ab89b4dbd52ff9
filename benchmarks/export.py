"""Judging on the CPU: the classifier in torch, as `yiju predict` runs it, beside its ONNX graph in onnxruntime.

    .venv/bin/python benchmarks/export.py <folder of the corpora>

Real pairs of LCQMC dev, drawn from a seed, tokenised before; stock models with random weights. All ways take the same
batches by length. Every turn is a process of its own and they take turns; medians. Loading and the first pairs, which
warm up, do not count.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

os.environ.setdefault("GOMP_SPINCOUNT", "1000")

import lcqmc
import numpy as np
import torch

from yiju.app.explainer import Explainer
from yiju.app.onnx_export import export_onnx
from yiju.models.inference import predict_logits
from yiju.models.tokens import TokenizedPairs, by_length, encode_pairs

SEED, BUDGET, WARM = 111, 2048, 64
PAIRS = {"tiny": 6000, "base": 400}
WAYS = ("torch, fp32", "torch, bf16", "onnxruntime")


def draw(given: argparse.Namespace, count: int) -> TokenizedPairs:
    q, t, _ = lcqmc.read_pairs(given.corpora / "LCQMC" / "dev.tsv")
    rows = np.random.default_rng(SEED).permutation(len(q))[:count]
    tokenizer = lcqmc.read_tokenizer(given.corpora / "vocab" / "vocab.txt")
    return encode_pairs(tokenizer, [q[row] for row in rows], [t[row] for row in rows], lcqmc.MAX_LENGTH)


def by_torch(shape: str, dtype: torch.dtype | None, pairs: TokenizedPairs) -> float:
    model = lcqmc.build("finetune", shape).eval()
    predict_logits(model, pairs.select(np.arange(WARM)), BUDGET, dtype)
    begun = time.perf_counter()
    predict_logits(model, pairs, BUDGET, dtype)
    return time.perf_counter() - begun


def by_graph(graph: Path, threads: int, pairs: TokenizedPairs) -> float:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    taken = [one.name for one in session.get_inputs()]

    def judge(some: TokenizedPairs) -> None:
        for rows in by_length(some.lengths, BUDGET):
            batch = some.batch(rows).inputs()
            session.run(["logits"], {name: batch[name].numpy() for name in taken})

    judge(pairs.select(np.arange(WARM)))
    begun = time.perf_counter()
    judge(pairs)
    return time.perf_counter() - begun


def one_turn(given: argparse.Namespace) -> float:
    """Pairs a second."""
    shape, way, graph = given.turn
    torch.set_num_threads(given.threads)
    pairs = draw(given, PAIRS[shape])
    if way == "onnxruntime":
        return len(pairs) / by_graph(Path(graph), given.threads, pairs)
    return len(pairs) / by_torch(shape, torch.bfloat16 if way.endswith("bf16") else None, pairs)


def measure(given: argparse.Namespace, shape: str, graph: Path) -> list[list[str]]:
    tokenizer = lcqmc.read_tokenizer(given.corpora / "vocab" / "vocab.txt")
    apart = export_onnx(Explainer(lcqmc.build("finetune", shape), tokenizer), graph)
    turns: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(given.repeat):
        for way, own in turns.items():
            command = [sys.executable, __file__, *sys.argv[1:], "--turn", shape, way, str(graph)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(done.stderr)
            own.append(json.loads(done.stdout.splitlines()[-1]))
    found = {way: median(own) for way, own in turns.items()}
    bare = found[WAYS[0]]
    rows = [[shape, way, f"{rate:,.0f}", f"{rate / bare:.2f}", ""] for way, rate in found.items()]
    rows[-1][-1] = f"{apart:.1e}"
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, help="folder of the real corpora")
    parser.add_argument("--shapes", nargs="+", choices=PAIRS, default=list(PAIRS))
    parser.add_argument("--repeat", type=int, default=5, help="turns of each way")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--turn", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.turn:
        print(json.dumps(one_turn(given)))
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for shape in given.shapes for row in measure(given, shape, Path(folder) / f"{shape}.onnx")]
    print(lcqmc.table(["model", "way", "pairs/s", "x torch, fp32", "largest difference of a logit"], rows))


if __name__ == "__main__":
    main()
