"""Training on the CPU: yiju beside HF Trainer as published and as well as a user would configure it.

    .venv/bin/python benchmarks/training.py ../shared/corpora /tmp/training                 # 4 layers of 256
    .venv/bin/python benchmarks/training.py ../shared/corpora /tmp/training --model base --what finetune posttrain
    .venv/bin/python benchmarks/training.py ../shared/corpora /tmp/training --what curves

Real pairs of LCQMC train, drawn from a seed; stock transformers models with random weights, the same at every turn,
dropout 0.1. The ways take turns; medians. Speeds are real tokens (padding counts nothing) per second over the mean
length of the corpus, from steady state: without imports, tokenising, first updates, evaluations and saves. The folder
of corpora holds LCQMC/ and vocab/vocab.txt.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

# As in the workflow (rules/common.smk); read when torch loads.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

import curves
import lcqmc
import numpy as np
import startup
import torch
from transformers import DataCollatorForLanguageModeling, DataCollatorWithPadding, PreTrainedTokenizerBase
from ways import POOL, SEED, Steps, hf_trainer, yiju_loop

from yiju.models.template import template_of
from yiju.models.tokens import TokenizedPairs, encode, encode_pairs, pair_up
from yiju.training.finetune import PairTask
from yiju.training.loop import Machine
from yiju.training.objective import PLAIN, Techniques
from yiju.training.posttrain import MaskedTask

BATCH, BLOCKS = 64, (64, 128)
# Rows measured in one turn. Padded to 64, which takes thrice as long or more, they all have one length: fewer will do.
ROWS = {
    "toy": {"padded": 2 * BATCH, "others": 4 * BATCH},
    "tiny": {"padded": 8 * BATCH, "others": 25 * BATCH},
    "base": {"padded": 2 * BATCH, "others": 6 * BATCH},
}
Way = Callable[[], float]


@dataclass(frozen=True)
class Data:
    """Rows drawn from LCQMC train, tokenised."""

    tokenizer: PreTrainedTokenizerBase
    pairs: TokenizedPairs
    labels: np.ndarray
    sentences: TokenizedPairs


def read(corpora: Path) -> Data:
    """Pairs for 100 updates and more, and the distinct sentences of four times as many."""
    q, t, labels = lcqmc.read_pairs(corpora / "LCQMC" / "train.tsv.xz")
    tokenizer = lcqmc.read_tokenizer(corpora / "vocab" / "vocab.txt")
    drawn = np.random.default_rng(SEED).permutation(len(q))[: 16 * POOL * BATCH]
    q, t, labels = [q[row] for row in drawn], [t[row] for row in drawn], labels[drawn]
    few = 4 * POOL * BATCH
    sentences = pair_up(template_of(tokenizer), encode(tokenizer, list(dict.fromkeys(q + t))), None, lcqmc.MAX_LENGTH)
    return Data(tokenizer, encode_pairs(tokenizer, q[:few], t[:few], lcqmc.MAX_LENGTH), labels[:few], sentences)


def finetuning(data: Data, shape: str, machine: Machine) -> dict[str, Way]:
    """Fine-tuning, batch 64."""
    collate, steps = DataCollatorWithPadding(data.tokenizer), steps_of(shape, BATCH)
    rows, labels = features(data.pairs, len(data.pairs)), data.labels.tolist()
    for row, label in zip(rows, labels, strict=True):
        row["labels"] = label
    padded = DataCollatorWithPadding(data.tokenizer, padding="max_length", max_length=lcqmc.MAX_LENGTH)

    def trainer(collate: Callable, steps: Steps, **options: object) -> Way:
        return lambda: hf_trainer(lcqmc.build("finetune", shape), rows, collate, BATCH, steps, **options)

    best = {"train_sampling_strategy": "group_by_length", "bf16": True}
    return {
        "HF Trainer, padded to 64, fp32 (published)": trainer(padded, steps["padded"]),
        "HF Trainer, grouped by length, bf16 (best configured)": trainer(collate, steps["others"], **best),
        "yiju": lambda: yiju_loop(pair_task(data, shape, machine), machine, BATCH, steps["others"]),
    }


def posttraining(data: Data, shape: str, machine: Machine, sentences: int) -> dict[str, Way]:
    """Post-training, so many sentences an update (line by line 64 at a time), or as many blocks as hold them."""
    collate = DataCollatorForLanguageModeling(data.tokenizer, mlm_probability=lcqmc.MASK_SHARE)
    steps, parts = steps_of(shape, sentences), {"accumulation": sentences // BATCH}
    lines = unmaskable(data.tokenizer, features(data.sentences, 2 * POOL * sentences, padded=True))

    def trainer(rows: list[dict], size: int, steps: Steps, **options: object) -> Way:
        return lambda: hf_trainer(lcqmc.build("posttrain", shape), rows, collate, size, steps, **options)

    held = sentences * data.sentences.lengths.mean()
    published = trainer(lines, BATCH, steps["padded"], **parts)
    packed = {
        f"HF Trainer, packed to {size}, bf16": trainer(rows, round(held / size), steps["others"], bf16=True)
        for size, rows in ((size, blocks(data, size)) for size in BLOCKS)
    }
    return {
        "HF Trainer, line by line, padded to 64, fp32 (published)": published,
        **packed,
        "yiju": lambda: yiju_loop(masked_task(data, shape, machine), machine, sentences, steps["others"]),
    }


def techniques(data: Data, shape: str, machine: Machine) -> dict[str, Way]:
    """yiju's fine-tuning with the techniques that take a second pass."""
    steps = steps_of(shape, BATCH)["others"]

    def way(chosen: Techniques = PLAIN, **options: object) -> Way:
        return lambda: yiju_loop(pair_task(data, shape, machine, chosen), machine, BATCH, steps, **options)

    return {"plain": way(), "FGM": way(fgm_epsilon=1.0), "R-Drop": way(Techniques(rdrop_alpha=1.0))}


def steps_of(shape: str, batch_size: int) -> dict[str, Steps]:
    return {kind: Steps.over(rows, batch_size) for kind, rows in ROWS[shape].items()}


def pair_task(data: Data, shape: str, machine: Machine, chosen: Techniques = PLAIN) -> PairTask:
    known = data.pairs, data.labels
    return PairTask(lcqmc.build("finetune", shape), *known, *known, 0.5, "fine-tuning", machine, "auto", chosen)


def masked_task(data: Data, shape: str, machine: Machine) -> MaskedTask:
    settings = (data.sentences, data.sentences, lcqmc.MASK_SHARE, SEED, machine, "auto")
    return MaskedTask(lcqmc.build("posttrain", shape), data.tokenizer, *settings)


def features(sequences: TokenizedPairs, count: int, padded: bool = False) -> list[dict]:
    """The first rows as HF Trainer takes them, with `real`, the number of their tokens that are no padding."""
    batch = {key: value.tolist() for key, value in sequences.batch(np.arange(count)).inputs().items()}
    rows = []
    for row, length in enumerate(sequences.lengths[:count].tolist()):
        spare = [0] * (lcqmc.MAX_LENGTH - length if padded else 0)
        rows.append({key: values[row][:length] + spare for key, values in batch.items()} | {"real": length})
    return rows


def blocks(data: Data, size: int) -> list[dict]:
    """All sentences one after another in full blocks, as transformers' run_mlm example groups them."""
    ids = data.sentences.ids.tolist()
    starts = range(0, len(ids) - size + 1, size)
    rows = [{"input_ids": ids[start : start + size], "attention_mask": [1] * size, "real": size} for start in starts]
    return unmaskable(data.tokenizer, rows)


def unmaskable(tokenizer: PreTrainedTokenizerBase, rows: list[dict]) -> list[dict]:
    """Rows that say which of their tokens are special, so that the collator need not look for them at every batch."""
    special = set(tokenizer.all_special_ids)
    return [row | {"special_tokens_mask": [int(token in special) for token in row["input_ids"]]} for row in rows]


def compare(ways: dict[str, Way], repeat: int) -> dict[str, float]:
    """Median tokens per second of each way; they take turns."""
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeat):
        for name, way in ways.items():
            speeds[name].append(way())
            print(f"{name}: {speeds[name][-1]:.0f} tokens/s", file=sys.stderr, flush=True)
    return {name: median(turns) for name, turns in speeds.items()}


def speed_table(kind: str, shape: str, name: str, speeds: dict[str, float], lengths: np.ndarray) -> str:
    """Speeds with their ratio to every way but the last; lengths: of the whole corpus."""
    unit = "pairs/s" if kind == "finetune" else "sentences/s"
    others = list(speeds)[:-1]
    flops = lcqmc.model_flops(kind, shape, lengths) / lengths.sum()
    head = [f"{kind}, {name}", unit, "tokens/s", "useful GFLOP/s", *(f"x of ({n})" for n in range(1, len(others) + 1))]
    rows = [
        [
            f"({number}) {way}",
            f"{speed / lengths.mean():.1f}",
            f"{speed:,.0f}",
            f"{speed * flops / 1e9:.0f}",
            *(f"{speed / speeds[other]:.2f}" for other in others),
        ]
        for number, (way, speed) in enumerate(speeds.items(), 1)
    ]
    return lcqmc.table(head, rows)


def techniques_table(shape: str, speeds: dict[str, float], mean: float) -> str:
    rows = [[name, f"{speed / mean:.1f}", f"{speeds['plain'] / speed:.2f}"] for name, speed in speeds.items()]
    return lcqmc.table([f"techniques, {shape}", "pairs/s", "time of the plain step"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, help="folder of the real corpora")
    parser.add_argument("work", type=Path, help="folder to work in")
    parser.add_argument("--model", choices=ROWS, default="tiny")
    usual = ["finetune", "posttrain", "techniques", "startup"]
    parser.add_argument("--what", nargs="+", choices=[*usual, "curves"], default=usual)
    parser.add_argument("--repeat", type=int, default=3, help="turns of each way")
    sizes = (BATCH, 4 * BATCH)
    parser.add_argument(
        "--sentences", type=int, nargs="+", choices=sizes, default=sizes, help="of one update of post-training"
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seeds", type=int, default=3, help="of the curves")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(given.threads)
    machine, data = Machine("cpu", given.threads, 2048), read(given.corpora)
    print(f"{given.threads} threads, torch {torch.__version__}, medians of {given.repeat}\n", flush=True)
    for what in given.what:
        if what == "finetune":
            speeds = compare(finetuning(data, given.model, machine), given.repeat)
            name = f"{given.model}, {BATCH} pairs an update"
            print(speed_table(what, given.model, name, speeds, data.pairs.lengths), flush=True)
        elif what == "posttrain":
            for sentences in given.sentences:
                speeds = compare(posttraining(data, given.model, machine, sentences), given.repeat)
                name = f"{given.model}, {sentences} sentences an update"
                print(speed_table(what, given.model, name, speeds, data.sentences.lengths), flush=True)
        elif what == "techniques":
            speeds = compare(techniques(data, given.model, machine), given.repeat)
            print(techniques_table(given.model, speeds, data.pairs.lengths.mean()), flush=True)
        elif what == "startup":
            print(startup.measure(given.corpora, given.work, given.threads, given.repeat), flush=True)
        else:
            print(curves.compare(given.corpora, given.model, machine, given.seeds), flush=True)


if __name__ == "__main__":
    main()
