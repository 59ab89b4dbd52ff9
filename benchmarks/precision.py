"""Whether a CPU trains faster in bfloat16 than in float32: forward and backward pass of stock BERT models.

    .venv/bin/python benchmarks/precision.py [--threads 1] [--repeat 7]

32 sequences of 27 tokens, random weights; seconds of the processor, the formats take turns; medians. Printed as well is
what torch says of the processor's instructions, by which `training.precision: auto` chooses.
"""

from __future__ import annotations

import argparse
import time
from contextlib import nullcontext
from statistics import median

import lcqmc
import torch
from transformers import BertConfig, BertForSequenceClassification

from yiju.training.precision import autocast_dtype

SHAPES = {"2 layers of 128": (2, 128), "4 layers of 256": (4, 256), "2 layers of 768": (2, 768)}
FORMATS = {"float32": None, "bfloat16": torch.bfloat16}
TOLD = ("amx_bf16", "avx512_bf16", "avx512_fp16", "bf16")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=7)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    can = torch.cpu.get_capabilities()
    print({name: can.get(name, False) for name in TOLD}, f"auto: {autocast_dtype('auto', 'cpu') or torch.float32}\n")
    rows = []
    for name, (layers, width) in SHAPES.items():
        seconds = measured(layers, width, given.repeat)
        ratio = seconds["bfloat16"] / seconds["float32"]
        rows.append([name, *(f"{1000 * one:.0f}" for one in seconds.values()), f"{ratio:.2f}"])
    print(lcqmc.table(["model", *(f"{name}, ms" for name in FORMATS), "bfloat16 to float32"], rows))


def measured(layers: int, width: int, repeat: int) -> dict[str, float]:
    """Median seconds of a pass there and back, by format; the first turn warms up."""
    torch.manual_seed(0)
    shape = {"hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": width // 64}
    model = BertForSequenceClassification(BertConfig(vocab_size=3000, intermediate_size=4 * width, **shape))
    ids, labels = torch.randint(5, 3000, (32, 27)), torch.zeros(32, dtype=torch.long)
    seconds: dict[str, list[float]] = {name: [] for name in FORMATS}
    for turn in range(1 + repeat):
        for name, dtype in FORMATS.items():
            begun = time.process_time()
            with torch.autocast("cpu", dtype) if dtype else nullcontext():
                loss = model(input_ids=ids, labels=labels).loss
            loss.backward()
            if turn:
                seconds[name].append(time.process_time() - begun)
    return {name: median(own) for name, own in seconds.items()}


if __name__ == "__main__":
    main()
