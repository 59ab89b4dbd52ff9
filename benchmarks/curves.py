"""Whether the fast path learns as a plain one does: losses over 200 updates, accuracy on dev after them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import lcqmc
import numpy as np
import torch
from accelerate.state import AcceleratorState
from torch.nn import functional
from transformers import PreTrainedModel
from ways import CLIP, DECAY, Watched, plan

from yiju.models.inference import predict_logits
from yiju.models.tokens import TokenizedPairs, encode_pairs
from yiju.training.batches import epoch_updates
from yiju.training.finetune import PairTask
from yiju.training.loop import Machine, fit

UPDATES, WINDOW, BATCH, JUDGED = 200, 50, 64, 4000
# High and with a warm-up: random weights are to learn something in 200 updates.
RATE, WARMUP = 5e-4, 0.1


@dataclass(frozen=True)
class Labelled:
    """Tokenised pairs and their labels."""

    pairs: TokenizedPairs
    labels: np.ndarray


def compare(corpora: Path, shape: str, machine: Machine, seeds: int) -> str:
    """A table of mean losses of every 50 updates, dev accuracy and dev loss; mean and standard deviation over seeds."""
    train, dev = read(corpora, "train.tsv.xz", UPDATES * BATCH * 4), read(corpora, "dev.tsv", JUDGED)
    ours = partial(with_yiju, machine=machine)
    ways = {
        "plain loop, fp32, random batches": partial(plainly, updates=shuffled),
        "plain loop, fp32, updates by length": partial(plainly, updates=by_length),
        "yiju, by length, precision auto": ours,
    }
    head = [f"fine-tuning, {shape}, {seeds} seeds", *(f"loss to {end}" for end in range(WINDOW, UPDATES + 1, WINDOW))]
    rows = []
    for name, way in ways.items():
        turns = []
        for seed in range(seeds):
            model = lcqmc.build("finetune", shape, seed)
            losses = way(model, train, seed)
            turns.append([*np.reshape(losses, (-1, WINDOW)).mean(1), *judge(model, dev)])
        means, spread = np.mean(turns, 0), np.std(turns, 0, ddof=min(1, seeds - 1))
        rows.append([name, *(f"{mean:.4f} ± {one:.4f}" for mean, one in zip(means, spread, strict=True))])
    return lcqmc.table([*head, "dev loss", "dev accuracy"], rows)


def read(corpora: Path, name: str, count: int) -> Labelled:
    """Pairs drawn from a split, always the same."""
    q, t, labels = lcqmc.read_pairs(corpora / "LCQMC" / name)
    tokenizer = lcqmc.read_tokenizer(corpora / "vocab" / "vocab.txt")
    drawn = np.random.default_rng(0).permutation(len(q))[:count]
    pairs = encode_pairs(tokenizer, [q[row] for row in drawn], [t[row] for row in drawn], lcqmc.MAX_LENGTH)
    return Labelled(pairs, labels[drawn])


def shuffled(train: Labelled, seed: int) -> list[np.ndarray]:
    order = np.random.default_rng(seed).permutation(len(train.pairs))
    return [order[start : start + BATCH] for start in range(0, UPDATES * BATCH, BATCH)]


def by_length(train: Labelled, seed: int) -> list[np.ndarray]:
    """As `with_yiju` learns from them."""
    return epoch_updates(train.pairs.lengths, BATCH, seed, 0, "by_length")[:UPDATES]


def plainly(
    model: PreTrainedModel, train: Labelled, seed: int, updates: Callable[[Labelled, int], list[np.ndarray]]
) -> list[float]:
    """Losses of a loop as one writes it: batches padded to their longest row, everything in float32."""
    labels = torch.from_numpy(train.labels)
    matrices, others = ([weight for weight in model.parameters() if (weight.ndim > 1) == two] for two in (True, False))
    groups = [{"params": matrices, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=RATE)
    rising = int(UPDATES * WARMUP)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda done: (done + 1) / rising if done < rising else (UPDATES - done) / (UPDATES - rising)
    )
    losses = []
    model.train()
    torch.manual_seed(seed)
    for rows in updates(train, seed):
        loss = functional.cross_entropy(model(**train.pairs.batch(rows).inputs()).logits, labels[rows])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def with_yiju(model: PreTrainedModel, train: Labelled, seed: int, machine: Machine) -> list[float]:
    """Losses of yiju's loop, as the workflow runs it."""
    AcceleratorState._reset_state(reset_partial_state=True)
    known = train.pairs, train.labels
    task = PairTask(model, *known, *known, 0.5, "fine-tuning", machine, "auto")
    with tempfile.TemporaryDirectory() as work:
        learning = plan(len(train.pairs), BATCH, UPDATES, learning_rate=RATE, warmup=WARMUP, seed=seed)
        fit(Watched(task), learning, machine, Path(work))
        lines = (Path(work) / "steps.jsonl").read_text(encoding="utf-8").split("\n")
    return [facts["loss"] for line in lines if line and "loss" in (facts := json.loads(line))]


def judge(model: PreTrainedModel, dev: Labelled) -> tuple[float, float]:
    """Loss and accuracy on dev, in float32."""
    logits = predict_logits(model, dev.pairs, 4096)
    loss = functional.cross_entropy(torch.from_numpy(logits), torch.from_numpy(dev.labels)).item()
    return loss, float((logits.argmax(1) == dev.labels).mean())
