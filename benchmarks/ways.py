"""Ways to train, timed in their steady state: HF Trainer as users configure it, and yiju's own loop."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import lcqmc  # noqa: F401  (makes yiju importable)
import numpy as np
from accelerate.state import AcceleratorState
from transformers import PreTrainedModel, PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from yiju.training.batches import Update
from yiju.training.loop import Machine, MicroBatch, Plan, Task, fit

RATE, DECAY, CLIP, SEED = 5e-5, 0.01, 1.0, 111
# Updates whose rows HF Trainer, and yiju too, sort by length together.
POOL = 50


@dataclass(frozen=True)
class Steps:
    """Updates of one turn: those that warm up, and those that are measured."""

    warming: int
    measured: int

    @property
    def all(self) -> int:
        return self.warming + self.measured

    @classmethod
    def over(cls, rows: int, batch_size: int) -> Steps:
        """As many updates as take in so many rows, two at least, after two small or one large one to warm up."""
        return cls(2 if batch_size < 100 else 1, max(2, round(rows / batch_size)))


class Counted:
    """A collator that notes the real tokens of every batch that it makes: the sum of its rows' key `real`."""

    def __init__(self, collate: Callable[[list[dict]], dict]) -> None:
        self.collate = collate
        self.tokens: list[int] = []

    def __call__(self, features: list[dict]) -> dict:
        self.tokens.append(sum(row["real"] for row in features))
        return self.collate([{key: value for key, value in row.items() if key != "real"} for row in features])


class Clock(TrainerCallback):
    """When every update ended."""

    def __init__(self) -> None:
        self.ended: list[float] = []

    def on_step_end(self, *_: object, **__: object) -> None:
        self.ended.append(time.perf_counter())


class Thinned(Trainer):
    """A Trainer whose few steps stand for a whole epoch.

    Its sampler sorts 50 updates at a time by length; the first 50 begin with the longest rows of the epoch, so some of
    them warm up, and of the second 50 evenly spaced ones are measured.
    """

    steps: Steps

    def _get_train_sampler(self, train_dataset: object = None) -> list[int]:
        order = list(super()._get_train_sampler(train_dataset))
        size = self.args.train_batch_size * self.args.gradient_accumulation_steps
        updates = [order[first : first + size] for first in range(0, len(order), size)]
        chosen = np.linspace(POOL, 2 * POOL - 1, self.steps.measured).round().astype(int)
        return [row for update in [*updates[: self.steps.warming], *(updates[at] for at in chosen)] for row in update]


def hf_trainer(
    model: PreTrainedModel,
    features: list[dict],
    collate: Callable[[list[dict]], dict],
    batch_size: int,
    steps: Steps,
    accumulation: int = 1,
    **options: object,
) -> float:
    """Real tokens per second of HF Trainer on the CPU, in updates of `accumulation` batches.

    features: rows of the model's inputs, whose key `real` says how many real tokens each holds, enough for 100
    updates; options: of TrainingArguments.
    """
    AcceleratorState._reset_state(reset_partial_state=True)
    clock, counted = Clock(), Counted(collate)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder,
            per_device_train_batch_size=batch_size,
            gradient_accumulation_steps=accumulation,
            max_steps=steps.all,
            learning_rate=RATE,
            weight_decay=DECAY,
            max_grad_norm=CLIP,
            seed=SEED,
            use_cpu=True,
            logging_strategy="no",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            remove_unused_columns=False,
            **options,
        )
        trainer = Thinned(model, arguments, counted, features, callbacks=[clock])
        trainer.remove_callback(PrinterCallback)
        trainer.steps = steps
        trainer.train()
    # The loader fetches ahead, in order: the tokens of an update are where the update is.
    tokens = sum(counted.tokens[steps.warming * accumulation : steps.all * accumulation])
    return tokens / (clock.ended[-1] - clock.ended[steps.warming - 1])


class Watched:
    """A task that notes when every update begins and what it learns from, and that is never evaluated."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.begun: list[float] = []
        self.tokens: list[int] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.task, name)

    def micro_batches(self, rows: np.ndarray, budget: int, seed: int, update: Update | None = None) -> list[MicroBatch]:
        self.begun.append(time.perf_counter())
        self.tokens.append(int(self.task.lengths[rows].sum()))
        return self.task.micro_batches(rows, budget, seed, update)

    def evaluate(self) -> dict[str, float]:
        return {"accuracy": 0.0}


def yiju_loop(task: Task, machine: Machine, batch_size: int, steps: Steps, **options: object) -> float:
    """Real tokens per second of yiju's loop; options: of the plan."""
    AcceleratorState._reset_state(reset_partial_state=True)
    watched = Watched(task)
    # The measured time ends where one more update begins.
    with tempfile.TemporaryDirectory() as work:
        fit(watched, plan(len(task.lengths), batch_size, steps.all + 1, **options), machine, Path(work))
    return sum(watched.tokens[steps.warming : -1]) / (watched.begun[-1] - watched.begun[steps.warming])


def plan(rows: int, batch_size: int, updates: int, **options: object) -> Plan:
    """A plan of so many updates, as HF Trainer is told above."""
    # Half an update less: a broken epoch counts the update that it begins.
    epochs = (updates - 0.5) / -(-rows // batch_size)
    usual = {"learning_rate": RATE, "warmup": 0.0, "weight_decay": DECAY, "clip": CLIP, "seed": SEED}
    others = {"evaluate_every": 10**9, "batches": "by_length", "precision": "auto"}
    return Plan(epochs=epochs, batch_size=batch_size, **usual | others | options)
