"""One update: its rows cut into steps and micro-batches, their gradients gathered over processes, the weights moved."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import torch
from accelerate import Accelerator, DistributedType
from torch import Tensor, nn

from yiju.errors import YijuError
from yiju.training import faults
from yiju.training.adversarial import fgm, pgd
from yiju.training.batches import share, update_seed
from yiju.training.plan import Machine, Plan


@dataclass(frozen=True)
class Micro:
    """What one forward pass takes: keyword arguments of the model, and how many terms its summed loss has."""

    inputs: dict[str, Tensor]
    terms: int


class Task(Protocol):
    """What is learnt.

    `model(**inputs)` returns a summed loss and how many of its terms were told right; `embedding` is the weight that
    FGM and PGD move; `lengths` are the tokens of every row, `evaluated` those of one evaluation; a row is called by
    `unit` and shown to people by `describe`.
    """

    name: str
    unit: str
    model: nn.Module
    embedding: nn.Parameter
    lengths: np.ndarray
    evaluated: int

    def micro_batches(self, rows: np.ndarray, budget: int, seed: int) -> list[Micro]: ...

    def evaluate(self) -> dict[str, float]:
        """Figures of the model as it is, the first of which decides (higher is better)."""
        ...

    def describe(self, row: int) -> str: ...


class Figures(NamedTuple):
    """Of one update's clean forward passes: mean loss and share of its terms told right, over all processes."""

    loss: float
    accuracy: float


class NotFinite(YijuError):
    """An update whose loss is no number; the weights are as they were before it."""


class Learner:
    """A task, its optimizer and its processes: what it takes to do one update after another."""

    def __init__(
        self,
        task: Task,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        accelerator: Accelerator,
        plan: Plan,
        machine: Machine,
        work: Path,
    ) -> None:
        """model, optimizer: as `accelerator` prepared them; work: where a smaller budget of tokens is remembered."""
        self.task, self.model, self.optimizer, self.accelerator = task, model, optimizer, accelerator
        self.plan, self.work = plan, work
        self.budget = faults.known_budget(work, machine.batch_tokens)

    def update(self, number: int, rows: np.ndarray, rate: float) -> Figures:
        """One update over all processes. Raises NotFinite, before any weight is moved."""
        figures = self._gradients(number, rows)
        if not np.isfinite(figures.loss):
            self.optimizer.zero_grad()
            raise NotFinite(self._diagnosis(number, rows, figures.loss))
        norm = self.accelerator.clip_grad_norm_(self.model.parameters(), self.plan.clip)
        if norm is not None and not torch.isfinite(norm) and not self._rescales():
            self.optimizer.zero_grad()
            raise NotFinite(f"the gradient is {norm.item()} at update {number + 1}, its loss being {figures.loss:.4f}")
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["scale"]
        self.optimizer.step()
        self.optimizer.zero_grad()
        return figures

    def _rescales(self) -> bool:
        """Whether a loss scaler (fp16) will skip the update and go on with a smaller scale, as long as there is one."""
        scaler = self.accelerator.scaler
        return scaler is not None and scaler.get_scale() >= 1

    def _gradients(self, number: int, rows: np.ndarray) -> Figures:
        """Gather the update's gradients; where memory runs out, once more from its beginning in smaller passes."""
        while True:
            try:
                return self._pass(number, rows)
            except (RuntimeError, MemoryError) as error:
                if not faults.is_out_of_memory(error):
                    raise
            # Outside the handler: what the error's frames hold is free by now.
            self.optimizer.zero_grad()
            gc.collect()
            torch.cuda.empty_cache()
            longest = int(self.task.lengths[rows].max())
            self.budget = faults.smaller_budget(self.work, self.budget, longest, self.accelerator)

    def _pass(self, number: int, rows: np.ndarray) -> Figures:
        accelerator = self.accelerator
        torch.manual_seed(update_seed(self.plan.seed, number, accelerator.process_index))
        # What a row draws for itself is the same whichever process takes it.
        seed = update_seed(self.plan.seed, number, 0)
        self.model.train()
        steps = self._steps(rows, seed)
        count = torch.tensor(sum(micro.terms for step in steps for micro in step), device=accelerator.device)
        terms = int(accelerator.reduce(count, "sum").item())
        told = torch.zeros(2, dtype=torch.float64, device=accelerator.device)
        for step in steps:
            backward = partial(self._backward, step, terms)
            told += backward()
            if number % self.plan.adversarial_every == 0:
                self._adversarial(backward)
        loss, right = accelerator.reduce(told, "sum").tolist()
        return Figures(loss, right / terms)

    def _steps(self, rows: np.ndarray, seed: int) -> list[list[Micro]]:
        """This process's micro-batches of every step; with sharded weights as many as every other process has.

        Each pass gathers the weights from all; the passes added count nothing.
        """
        steps = [self._micro_batches(part, rows, seed + step) for step, part in enumerate(self._parts(rows))]
        if self.accelerator.distributed_type != DistributedType.FSDP:
            return steps
        mine = torch.tensor([[len(step) for step in steps]], device=self.accelerator.device)
        most = self.accelerator.gather(mine).amax(0).tolist()
        return [step + [replace(step[-1], terms=0)] * (n - len(step)) for step, n in zip(steps, most, strict=True)]

    def _parts(self, rows: np.ndarray) -> list[np.ndarray]:
        """This process's rows of every step: as many steps whatever the processes; a small update has fewer."""
        steps = min(self.plan.accumulation, len(rows))
        parts = [rows[step::steps] for step in range(steps)]
        return [share(part, self.accelerator.process_index, self.accelerator.num_processes) for part in parts]

    def _micro_batches(self, part: np.ndarray, rows: np.ndarray, seed: int) -> list[Micro]:
        """The part's micro-batches; a process without rows takes part in the step with one that counts nothing."""
        if len(part):
            return self.task.micro_batches(part, self.budget, seed)
        return [replace(micro, terms=0) for micro in self.task.micro_batches(rows[:1], self.budget, seed)]

    def _backward(self, micros: list[Micro], terms: int) -> Tensor:
        """Add the gradients of a step; returns its share of the mean loss, and how many terms were told right.

        Data parallelism averages gradients over processes, so each multiplies its own by their number.
        """
        accelerator = self.accelerator
        told = torch.zeros(2, dtype=torch.float64, device=accelerator.device)
        for index, micro in enumerate(micros):
            last = index + 1 == len(micros)
            with nullcontext() if last else accelerator.no_sync(self.model):
                loss, right = self.model(**self._moved(micro.inputs))
                counts = micro.terms > 0
                loss = loss * counts / terms
                accelerator.backward(loss * accelerator.num_processes)
            told += torch.stack([loss.detach(), right * counts]).double()
        return told

    def _adversarial(self, backward: Callable[[], Tensor]) -> None:
        """Add the gradients of the step on moved embeddings, where the plan asks for it."""
        if self.plan.fgm_epsilon:
            with fgm(self.task.embedding, self.plan.fgm_epsilon):
                backward()
        if self.plan.pgd:
            pgd(self.task.model, self.task.embedding, self.plan.pgd, backward)

    def _diagnosis(self, number: int, rows: np.ndarray, loss: float) -> str:
        """Which rows of the update break the loss by themselves."""
        begin = f"the loss is {loss} at update {number + 1}"
        if self.accelerator.distributed_type == DistributedType.FSDP:
            # A pass over sharded weights takes all processes; they do not have equally many rows.
            return f"{begin}; its rows: {self._shown(rows.tolist())}"
        mine = share(rows, self.accelerator.process_index, self.accelerator.num_processes)
        singles = [
            (int(row), self._moved(micro.inputs))
            for row in mine
            for micro in self.task.micro_batches(np.array([row]), self.budget, self.plan.seed)
        ]
        broken = faults.broken_rows(self.task.model, singles)
        if not broken:
            return f"{begin}, though each of its rows alone has a loss that is finite"
        return f"{begin}, broken by {len(broken)} of its {len(rows)} rows: {self._shown(broken)}"

    def _shown(self, rows: list[int]) -> str:
        return "; ".join(self.task.describe(row) for row in rows[:5]) + (" …" if len(rows) > 5 else "")

    def _moved(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        return {key: value.to(self.accelerator.device, non_blocking=True) for key, value in inputs.items()}
