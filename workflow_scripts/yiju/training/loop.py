"""The training loop of post-training and fine-tuning: set up, update, evaluate, save, leave when told to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from yiju.errors import YijuError
from yiju.training import ema, resume
from yiju.training.adversarial import Pgd, fgm, pgd
from yiju.training.batches import epoch_updates, share, total_updates, update_seed
from yiju.training.optimiser import LayerRates, adamw, rate_at
from yiju.training.precision import autocast_dtype
from yiju.training.record import Record
from yiju.training.resume import Best
from yiju.training.stopping import told_signal, told_to_stop

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Micro:
    """What one forward pass takes: keyword arguments of the model, and how many terms its summed loss has."""

    inputs: dict[str, Tensor]
    terms: int


class Task(Protocol):
    """What is learnt. `model(**inputs)` returns a summed loss; `embedding` is the weight that FGM and PGD move."""

    name: str
    model: nn.Module
    embedding: nn.Parameter
    lengths: np.ndarray

    def micro_batches(self, rows: np.ndarray, budget: int, seed: int) -> list[Micro]: ...

    def evaluate(self) -> dict[str, float]:
        """Figures of the model as it is, the first of which decides (higher is better)."""
        ...


@dataclass(frozen=True)
class Plan:
    """How it is learnt: the optimisation keys of the configuration."""

    epochs: float
    batch_size: int
    learning_rate: float
    warmup: float
    weight_decay: float
    clip: float
    evaluate_every: int
    save_every: int
    seed: int
    precision: str
    accumulation: int = 1
    stop_after: float | None = None
    fgm_epsilon: float | None = None
    pgd: Pgd | None = None
    adversarial_every: int = 1
    layer_rates: LayerRates | None = None
    ema_decay: float | None = None

    @classmethod
    def of(cls, settings: dict) -> Plan:
        """The plan that a section of the configuration, with the keys all trainings share, describes."""
        move, ball, rates, average = (_technique(settings, key) for key in ("fgm", "pgd", "layer_rates", "ema"))
        techniques = {
            "fgm_epsilon": move and move["epsilon"],
            "pgd": ball and Pgd(**ball),
            "layer_rates": rates and LayerRates(**rates),
            "ema_decay": average and average["decay"],
        }
        return cls(**{name: settings[name] for name in cls.__dataclass_fields__ if name in settings} | techniques)


@dataclass(frozen=True)
class Machine:
    """Where it is learnt: device, threads, and the tokens of one forward pass."""

    device: str
    threads: int
    batch_tokens: int


def _technique(settings: dict, key: str) -> dict | None:
    """The options of a technique that is switched on; None where it is off, or the section has no such switch."""
    options = dict(settings.get(key, {"enabled": False}))
    return options if options.pop("enabled") else None


def fit(task: Task, plan: Plan, machine: Machine, work: Path) -> Best:
    """Train `task` by `plan`, leaving the best weights in the model; with `stop_after`, those of that epoch.

    With EMA, weights that are evaluated or left in the model are averaged ones.
    work: folder for saves, from which the same call continues after any interruption. Raises SystemExit with the
    signal's status when told to stop (after saving), YijuError when the loss is not finite.
    """
    accelerator = _set_up(plan, machine)
    main = accelerator.is_main_process
    optimizer = adamw(task.model, plan.learning_rate, plan.weight_decay, plan.layer_rates)
    model, optimizer = accelerator.prepare(task.model, optimizer)
    total, end = (total_updates(len(task.lengths), plan.batch_size, n) for n in (plan.epochs, _end(plan)))
    shadow = ema.begin(task.model, plan.ema_decay)
    done, best = resume.restore(work, task.model, optimizer.optimizer, shadow)
    accelerator.wait_for_everyone()
    if main:
        resume.forget_after(work, done)
    record = Record(work / "steps.jsonl", task.name, done, end, min(plan.batch_size, len(task.lengths)), not main)
    with told_to_stop() as stop:
        for number, rows in _updates(task.lengths, plan, done, end):
            rate = rate_at(number, total, plan.warmup, plan.learning_rate)
            loss = _update(task, model, optimizer, accelerator, plan, machine, number, rows, rate)
            ema.follow(shadow, task.model, plan.ema_decay)
            record.update(number + 1, rate, loss)
            last, told = number + 1 == end, told_signal(stop, accelerator)
            if last or (number + 1) % plan.evaluate_every == 0:
                with ema.averaged(shadow, task.model):
                    best = _evaluate(task, record, number + 1, best, work, main)
            if last or told or (number + 1) % plan.save_every == 0:
                _refuse_broken(loss, number + 1, work)
                record.flush()
                if main:
                    resume.save(work, task.model, optimizer.optimizer, number + 1, best, shadow)
            if told and not last:
                record.close()
                log.info("%s: stopped after update %d of %d; the same command continues", task.name, number + 1, end)
                raise SystemExit(128 + told)
    record.close()
    accelerator.wait_for_everyone()
    if plan.stop_after is None:
        resume.load_best(work, task.model, best)
    else:
        ema.exchange(shadow, task.model)
    accelerator.free_memory()
    return best


def _end(plan: Plan) -> float:
    """Epochs after which the training ends; the learning rate falls as if it went on."""
    return plan.epochs if plan.stop_after is None else min(plan.epochs, plan.stop_after)


def _set_up(plan: Plan, machine: Machine) -> Accelerator:
    torch.set_num_threads(machine.threads)
    dtype = autocast_dtype(plan.precision, machine.device)
    return Accelerator(mixed_precision="bf16" if dtype else "no", cpu=machine.device == "cpu")


def _updates(lengths: np.ndarray, plan: Plan, done: int, total: int) -> Iterator[tuple[int, np.ndarray]]:
    """Numbers (from 0) and rows of the updates still to be done."""
    per_epoch = -(-len(lengths) // plan.batch_size)
    epoch, order = -1, []
    for number in range(done, total):
        if number // per_epoch != epoch:
            epoch = number // per_epoch
            order = epoch_updates(lengths, plan.batch_size, plan.seed, epoch)
        yield number, order[number % per_epoch]


def _update(
    task: Task,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    accelerator: Accelerator,
    plan: Plan,
    machine: Machine,
    number: int,
    rows: np.ndarray,
    rate: float,
) -> Tensor:
    """One update over all processes; returns its mean loss on the clean inputs."""
    seed = update_seed(plan.seed, number, accelerator.process_index)
    torch.manual_seed(seed)
    model.train()
    # The same steps whatever the number of processes; a small update has fewer.
    parts = [rows[step :: plan.accumulation] for step in range(min(plan.accumulation, len(rows)))]
    mine = [share(part, accelerator.process_index, accelerator.num_processes) for part in parts]
    steps = [_micro_batches(task, part, rows, machine, seed + step) for step, part in enumerate(mine)]
    terms = torch.tensor(sum(micro.terms for step in steps for micro in step), device=accelerator.device)
    terms = accelerator.reduce(terms, "sum").item()
    total_loss = torch.zeros((), device=accelerator.device)
    for step in steps:
        backward = partial(_backward, model, step, terms, accelerator)
        total_loss += backward()
        if number % plan.adversarial_every == 0:
            _adversarial(task, plan, backward)
    accelerator.clip_grad_norm_(model.parameters(), plan.clip)
    for group in optimizer.param_groups:
        group["lr"] = rate * group["scale"]
    optimizer.step()
    optimizer.zero_grad()
    return accelerator.reduce(total_loss, "sum")


def _micro_batches(task: Task, part: np.ndarray, rows: np.ndarray, machine: Machine, seed: int) -> list[Micro]:
    """The part's micro-batches; a process without rows takes part in the step with one that counts nothing."""
    if len(part):
        return task.micro_batches(part, machine.batch_tokens, seed)
    return [replace(micro, terms=0) for micro in task.micro_batches(rows[:1], machine.batch_tokens, seed)]


def _backward(model: nn.Module, micros: list[Micro], terms: int, accelerator: Accelerator) -> Tensor:
    """Add the gradients of a step; data parallelism averages over processes, so each multiplies by their number."""
    total = torch.zeros((), device=accelerator.device)
    for index, micro in enumerate(micros):
        last = index + 1 == len(micros)
        with nullcontext() if last else accelerator.no_sync(model):
            inputs = {key: value.to(accelerator.device, non_blocking=True) for key, value in micro.inputs.items()}
            loss = model(**inputs) * (micro.terms > 0) / terms
            accelerator.backward(loss * accelerator.num_processes)
        total += loss.detach()
    return total


def _adversarial(task: Task, plan: Plan, backward: Callable[[], Tensor]) -> None:
    """Add the gradients of the step on moved embeddings, where the plan asks for it."""
    if plan.fgm_epsilon:
        with fgm(task.embedding, plan.fgm_epsilon):
            backward()
    if plan.pgd:
        pgd(task.model, task.embedding, plan.pgd, backward)


def _evaluate(task: Task, record: Record, update: int, best: Best, work: Path, main: bool) -> Best:
    """Evaluate, keep the weights if they are the best so far (ties: the earlier)."""
    task.model.eval()
    figures = task.evaluate()
    value = next(iter(figures.values()))
    record.evaluation(update, figures)
    if value <= best.value:
        return best
    better = Best(update, value)
    if main:
        resume.save_best(work, task.model, better)
    return better


def _refuse_broken(loss: Tensor, update: int, work: Path) -> None:
    if not torch.isfinite(loss):
        raise YijuError(
            f"the loss is {loss.item()} at update {update}: lower the learning rate, or set training.precision: fp32; "
            f"the last good save is in {work}"
        )
