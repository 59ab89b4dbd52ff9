"""Training on a GPU: how much of its arithmetic is used, memory per batch, and the published recipe's wall time.

    .venv/bin/python benchmarks/gpu.py                       # one GPU, under 10 minutes
    .venv/bin/python benchmarks/gpu.py --device cpu --tiny   # the same on the CPU, in small, to see that it runs

Nothing is read: ids are random, lengths those of LCQMC train (quantiles below). Stock transformers models with random
weights, dropout 0.1, through yiju's loop, bf16 autocast, each update's rows in one forward pass. Speeds are of steady
state, without evaluations and saves.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass

import lcqmc
import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase
from ways import SEED, Steps, yiju_loop

from yiju.models.build import build_tokenizer
from yiju.models.template import template_of
from yiju.models.tokenized_texts import TokenizedTexts
from yiju.models.tokens import TokenizedPairs, pair_up
from yiju.training.finetune import PairTask
from yiju.training.loop import Machine, Task
from yiju.training.posttrain import MaskedTask

# Tokens of LCQMC's training pairs and of their distinct sentences, special ones included, at these shares of the rows.
SHARES = [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 1]
LENGTHS = {
    "finetune": [7, 15, 16, 17, 19, 20, 22, 23, 25, 26, 29, 33, 40, 53, 62, 64, 64],
    "posttrain": [4, 7, 8, 9, 10, 11, 11, 12, 13, 14, 15, 17, 20, 24, 30, 38, 64],
}
FIRST_ID = 106
# Rows of an update on one GPU; the smallest are one step of the published recipe's on each of 4 GPUs.
BATCHES = {"finetune": [25, 125, 500, 2000], "posttrain": [64, 256, 1024, 4096]}
ROWS = 8192


@dataclass(frozen=True)
class Bench:
    """What all measurements share."""

    machine: Machine
    tokenizer: PreTrainedTokenizerBase
    steps: Steps
    precision: str
    compile: bool

    @property
    def on_gpu(self) -> bool:
        return self.machine.device == "cuda"


@dataclass(frozen=True)
class Recipe:
    """The published recipe on several GPUs: rows of an update on all of them, and how many rows are seen."""

    gpus: int
    link: float
    pairs: int
    pair_epochs: float
    sentences: int
    sentence_epochs: float


def sequences(kind: str, tokenizer: PreTrainedTokenizerBase) -> TokenizedPairs:
    """Random rows as long as LCQMC's."""
    random = np.random.default_rng(SEED)
    lengths = np.interp(random.random(ROWS), SHARES, LENGTHS[kind]).round().astype(np.int64)
    if kind == "posttrain":
        return pair_up(template_of(tokenizer), sentences(lengths - 2, random), None, lcqmc.MAX_LENGTH)
    first = (lengths - 3) // 2
    return pair_up(
        template_of(tokenizer), sentences(first, random), sentences(lengths - 3 - first, random), lcqmc.MAX_LENGTH
    )


def sentences(lengths: np.ndarray, random: np.random.Generator) -> TokenizedTexts:
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return TokenizedTexts(random.integers(FIRST_ID, lcqmc.VOCABULARY, starts[-1], dtype=np.int32), starts, None)


def task_of(kind: str, bench: Bench, model: PreTrainedModel, rows: TokenizedPairs) -> Task:
    if kind == "posttrain":
        return MaskedTask(model, bench.tokenizer, rows, rows, lcqmc.MASK_SHARE, SEED, bench.machine, bench.precision)
    known = rows, np.arange(len(rows)) % 2
    return PairTask(model, *known, *known, 0.5, "fine-tuning", bench.machine, bench.precision)


def matrix_rate(device: str, size: int) -> float:
    """Best bf16 FLOP/s of square matrix products: what utilisation is a share of."""
    left, right = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    left @ right
    return max(2 * size**3 / seconds(lambda: left @ right, device) for _ in range(20))


def seconds(call: Callable[[], object], device: str) -> float:
    import time

    started = time.perf_counter()
    call()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started


def measure(kind: str, shape: str, bench: Bench, peak: float, batches: list[int]) -> list[list[str]]:
    """A row of the table for every batch size."""
    rows, lines = sequences(kind, bench.tokenizer), []
    flops, mean = lcqmc.model_flops(kind, shape, rows.lengths) / rows.lengths.sum(), rows.lengths.mean()
    for batch_size in batches:
        print(f"{kind}, {shape}, {batch_size} rows", file=sys.stderr, flush=True)
        if bench.on_gpu:
            torch.cuda.reset_peak_memory_stats()
        speed = speed_of(kind, shape, bench, rows, batch_size)
        memory = f"{torch.cuda.max_memory_allocated() / 1e9:.1f}" if bench.on_gpu else ""
        figures = [f"{speed / mean:,.0f}", f"{speed:,.0f}", f"{speed * flops / 1e12:.2f}"]
        lines.append([kind, shape, str(batch_size), *figures, f"{100 * speed * flops / peak:.1f}", memory])
    return lines


def speed_of(
    kind: str,
    shape: str,
    bench: Bench,
    rows: TokenizedPairs,
    batch_size: int,
    steps: Steps | None = None,
    **options: object,
) -> float:
    """Real tokens per second of updates of so many rows."""
    with torch.device(bench.machine.device):
        model = lcqmc.build(kind, shape)
    options |= {"precision": bench.precision, "compile": bench.compile}
    return yiju_loop(task_of(kind, bench, model, rows), bench.machine, batch_size, steps or bench.steps, **options)


def estimate(bench: Bench, shape: str, recipe: Recipe) -> list[list[str]]:
    """Hours of the published recipe: fine-tuning of 500 pairs an update in 5 steps with FGM, post-training of 256
    sentences, their rows shared by the GPUs.

    To the measured seconds of an update on one GPU those of the all-reduce are added: 2 (n - 1) / n times 4 bytes a
    weight over the link, nothing of it hidden behind the computation.
    """
    weights = sum(weight.numel() for weight in lcqmc.build("posttrain", shape).parameters())
    reduce = 2 * (recipe.gpus - 1) / recipe.gpus * 4 * weights / (recipe.link * 1e9)
    published = {"accumulation": 5, "fgm_epsilon": 1.0}
    lines = []
    for kind, rows, epochs, update, options in (
        ("finetune", recipe.pairs, recipe.pair_epochs, 500, published),
        ("posttrain", recipe.sentences, recipe.sentence_epochs, 256, {}),
    ):
        drawn = sequences(kind, bench.tokenizer)
        share = update // recipe.gpus
        speed = speed_of(kind, shape, bench, drawn, share, **options)
        updates, each = rows * epochs / update, share * drawn.lengths.mean() / speed
        hours = updates * (each + reduce) / 3600
        lines.append([kind, shape, f"{updates:,.0f}", f"{1e3 * each:.1f}", f"{1e3 * reduce:.1f}", f"{hours:.2f}"])
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--tiny", action="store_true", help="small models, batches and matrices")
    parser.add_argument("--compile", action="store_true", help="torch.compile, which takes its time at the start")
    parser.add_argument("--gpus", type=int, default=4, help="of the estimate")
    parser.add_argument("--link", type=float, default=200.0, help="GB/s between GPUs; NVLink about 200, PCIe about 20")
    parser.add_argument("--pairs", type=int, default=250_490, help="that are fine-tuned on (published: transfer)")
    parser.add_argument("--pair-epochs", type=float, default=5)
    parser.add_argument(
        "--sentences", type=int, default=4_600_000, help="that are post-trained on (the union; a guess)"
    )
    parser.add_argument("--sentence-epochs", type=float, default=60)
    given = parser.parse_args()
    machine = Machine(given.device, torch.get_num_threads(), 1 << 20)
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"t{number}" for number in range(5, lcqmc.VOCABULARY))]
    steps = Steps(1, 2) if given.tiny else Steps(5, 20)
    precision = "auto" if given.device == "cpu" else "bf16"
    bench = Bench(machine, build_tokenizer(names, lcqmc.MAX_LENGTH), steps, precision, given.compile)
    peak = matrix_rate(given.device, 512 if given.tiny else 8192)
    name = torch.cuda.get_device_name() if bench.on_gpu else "CPU"
    print(f"{name}, torch {torch.__version__}, bf16 matrix products {peak / 1e12:.3f} TFLOP/s\n", flush=True)
    shapes = ["toy", "tiny"] if given.tiny else ["base", "large"]
    batches = {kind: sizes[:2] if given.tiny else sizes for kind, sizes in BATCHES.items()}
    lines = [line for shape in shapes for kind in batches for line in measure(kind, shape, bench, peak, batches[kind])]
    head = ["", "model", "rows an update", "rows/s", "tokens/s", "model TFLOP/s", "utilisation, %", "peak GB"]
    print(lcqmc.table(head, lines))
    recipe = Recipe(given.gpus, given.link, given.pairs, given.pair_epochs, given.sentences, given.sentence_epochs)
    head = [f"published recipe, {given.gpus} GPUs", "model", "updates", "ms each", "ms all-reduce", "hours"]
    print(lcqmc.table(head, estimate(bench, shapes[-1], recipe)))


if __name__ == "__main__":
    main()
