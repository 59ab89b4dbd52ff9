"""Training in bfloat16 on the CPU: micro-batches of few shapes beside micro-batches of a shape of their own each.

    .venv/bin/python benchmarks/shapes.py <folder of the corpora> [--threads 1] [--updates 300] [--turns 3]

Real pairs of LCQMC train and their sentences, stock models of 4 layers of 256 with random weights, 64 rows an update.
Each way runs in a process of its own, the ways take turns. Printed: rows for a second of the processor over the last
third of the updates, when the kernels that are kept have been made, and the peak of the process's memory; medians.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median

import lcqmc
import numpy as np
import torch
from training import BATCH, masked_task, pair_task, read

from yiju.training.accelerator import set_up
from yiju.training.batches import epoch_updates
from yiju.training.loop import Machine, Plan
from yiju.training.optimizer import adamw
from yiju.training.step import Learner

SHAPE, RATE, SEED = "tiny", 5e-5, 111
BATCHES = {"finetune": "random", "posttrain": "by_length"}
WAYS = ("each its own", "few")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--updates", type=int, default=300)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("TRAINING", "WAY"), help="measure this alone, in this process")
    given = parser.parse_args()
    if given.one:
        print(*measure(given, *given.one))
        return
    rows = []
    for kind in BATCHES:
        found: dict[str, list[list[float]]] = {way: [] for way in WAYS}
        for _ in range(given.turns):
            for way in WAYS:
                command = [sys.executable, __file__, *sys.argv[1:], "--one", kind, way]
                told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                found[way].append([float(figure) for figure in told.split()])
        middle = {way: [median(turn) for turn in zip(*turns, strict=True)] for way, turns in found.items()}
        before = middle[WAYS[0]][0]
        rows += [[kind, way, f"{a:.0f}", f"{a / before:.2f}x", f"{b:.0f}"] for way, (a, b) in middle.items()]
    print(lcqmc.table(["training", "shapes", "rows/s", "to the first", "peak MB"], rows))


def measure(given: argparse.Namespace, kind: str, way: str) -> tuple[float, float]:
    """Rows for a second of the processor, and megabytes."""
    torch.set_num_threads(given.threads)
    machine, data = Machine("cpu", given.threads, 2048), read(given.corpora)
    task = (pair_task if kind == "finetune" else masked_task)(data, SHAPE, machine)
    task.shapes = replace(task.shapes, even=way == WAYS[1])
    plan = Plan(1, BATCH, RATE, 0.05, 0.01, 1.0, 10**9, SEED, "auto", batches=BATCHES[kind])
    accelerator = set_up(plan, machine)
    model, optimizer = accelerator.prepare(task.model, adamw(task.model, RATE, 0.01, None, False))
    learner = Learner(task, model, optimizer, accelerator, plan, machine, Path(tempfile.mkdtemp()))
    order = [rows for epoch in range(9) for rows in epoch_updates(task.lengths, BATCH, SEED, epoch, plan.batches)]
    begun, first = 0.0, given.updates * 2 // 3
    for number in range(given.updates):
        if number == first:
            begun = time.process_time()
        learner.update(number, np.asarray(order[number]), RATE)
    speed = (given.updates - first) * BATCH / (time.process_time() - begun)
    return speed, getrusage(RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
