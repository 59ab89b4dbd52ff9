"""One update: its rows cut into steps and micro-batches, their gradients gathered over processes, the weights moved."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol, cast

import numpy as np
import torch
from accelerate import Accelerator, DistributedType
from torch import Tensor, nn

from yiju.base.errors import YijuError
from yiju.training import faults
from yiju.training.adversarial import fgm, pgd
from yiju.training.batches import Update, share, update_seed, updates_of_epoch
from yiju.training.dynamics import Dynamics
from yiju.training.plan import Machine, Plan


@dataclass(frozen=True)
class MicroBatch:
    """What one forward pass takes: keyword arguments of the model, and how many terms its summed loss has.

    rows: int64 [batch], those that it holds, -1 for one that is not whole; None where nobody asks.
    """

    inputs: dict[str, Tensor]
    terms: int
    rows: np.ndarray | None = None


class Task(Protocol):
    """What is learnt.

    `model(**inputs)` returns a summed loss and how many of its terms were predicted correctly; `embedding` is the
    weight that FGM and PGD move; `lengths` are the tokens of every row, `evaluated` those of one evaluation; a row is
    called by `unit` and shown to people by `describe`. `micro_batches` leaves out rows without a term, and may leave
    out all of them; its `update` is the one that the rows are a part of, None where they are all of it; `filler` gives
    one row as a micro-batch with a term, whatever is drawn. `dynamics` keeps the `margins` that the model has found in
    its last pass; None where nobody asks for them.
    """

    @property
    def name(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def model(self) -> nn.Module: ...
    @property
    def embedding(self) -> nn.Parameter: ...
    @property
    def lengths(self) -> np.ndarray: ...
    @property
    def evaluated(self) -> int: ...
    @property
    def dynamics(self) -> Dynamics | None: ...

    def micro_batches(
        self, rows: np.ndarray, budget: int, seed: int, update: Update | None = None
    ) -> list[MicroBatch]: ...

    def filler(self, row: int, seed: int) -> MicroBatch: ...

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
        terms = self._terms(steps)
        if not terms:
            # No row has a term: the first one is given one, which the main process counts.
            filler = self.task.filler(int(rows[0]), seed)
            steps[0][0] = filler if accelerator.is_main_process else replace(filler, terms=0)
            terms = self._terms(steps)
        moves = self.plan.is_adversarial and number % self.plan.adversarial_every == 0
        figures = torch.zeros(2, dtype=torch.float64, device=accelerator.device)
        noted: list[tuple[np.ndarray, Tensor]] = []
        for step, micros in enumerate(steps):
            last = step + 1 == len(steps)
            figures += self._backward(micros, terms, reduce=last and not moves, noted=noted)
            if moves:
                self._adversarial(partial(self._backward, micros, terms), last)
        loss, correct = accelerator.reduce(figures, "sum").tolist()
        self._note(number, noted)
        return Figures(loss, correct / terms)

    def _note(self, number: int, noted: list[tuple[np.ndarray, Tensor]]) -> None:
        """Keep what the clean passes of an update said of the rows that came whole."""
        dynamics = self.task.dynamics
        if dynamics is None:
            return
        epoch = number // updates_of_epoch(len(self.task.lengths), self.plan.batch_size)
        for rows, margins in noted:
            whole = rows >= 0
            dynamics.note(epoch, rows[whole], margins[torch.from_numpy(whole)])

    def _terms(self, steps: list[list[MicroBatch]]) -> int:
        """Terms of the update's loss, of all processes."""
        count = torch.tensor(sum(micro.terms for step in steps for micro in step), device=self.accelerator.device)
        return int(self.accelerator.reduce(count, "sum").item())

    def _steps(self, rows: np.ndarray, seed: int) -> list[list[MicroBatch]]:
        """This process's micro-batches of every step, at least one; with sharded weights as many as others have.

        Each pass gathers the weights from all processes. The micro-batches added count nothing.
        """
        update = Update(rows, seed)
        steps = [self._micro_batches(part, update, seed + step) for step, part in enumerate(self._parts(rows))]
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

    def _micro_batches(self, part: np.ndarray, update: Update, seed: int) -> list[MicroBatch]:
        """The part's micro-batches; a process that has none takes part in the step with one that counts nothing."""
        micros = self.task.micro_batches(part, self.budget, seed, update) if len(part) else []
        return micros or [replace(self.task.filler(int(update.rows[0]), seed), terms=0)]

    def _backward(
        self,
        micros: list[MicroBatch],
        terms: int,
        reduce: bool,
        noted: list[tuple[np.ndarray, Tensor]] | None = None,
    ) -> Tensor:
        """Add the gradients of a step; returns its share of the mean loss, and how many terms were correct.

        noted: takes the rows of each micro-batch with their margins, where the task keeps them.

        reduce: whether the last micro-batch ends in an exchange, after which the gradients gathered so far are those
        of all processes; until then every process has its own. Data parallelism averages gradients over processes, so
        each multiplies its own by their number.
        """
        accelerator = self.accelerator
        figures = torch.zeros(2, dtype=torch.float64, device=accelerator.device)
        for index, micro in enumerate(micros):
            exchanges = reduce and index + 1 == len(micros)
            with nullcontext() if exchanges else accelerator.no_sync(self.model):
                loss, correct = self.model(**self._moved(micro.inputs))
                counts = micro.terms > 0
                loss = loss * counts / terms
                accelerator.backward(loss * accelerator.num_processes)
            figures += torch.stack([loss.detach(), correct * counts]).double()
            if noted is not None and self.task.dynamics and counts and micro.rows is not None:
                noted.append((micro.rows, cast(Tensor, self.task.model.margins)))
        return figures

    def _adversarial(self, backward: Callable[..., Tensor], last: bool) -> None:
        """Add the gradients of the step on moved embeddings.

        The direction needs the embedding's gradient of all processes, and no other: it is exchanged by itself. All
        gradients are exchanged once, at the end of the last step.
        """
        embedding = self.task.embedding
        if self.plan.fgm_epsilon:
            with fgm(embedding, self._of_all(embedding.grad), self.plan.fgm_epsilon):
                backward(reduce=last)
        if self.plan.pgd:
            pgd(
                *(self.task.model, embedding, self.plan.pgd, self._of_all),
                lambda final: backward(reduce=last and final),
            )

    def _of_all(self, gradient: Tensor | None) -> Tensor:
        """A gradient as it is over all processes; what the process has gathered stays as it is."""
        assert gradient is not None, "the clean pass comes first"
        return self.accelerator.reduce(gradient.clone(), "mean") if self.accelerator.num_processes > 1 else gradient

    def _diagnosis(self, number: int, rows: np.ndarray, loss: float) -> str:
        """Which rows of the update break the loss by themselves."""
        begin = f"the loss is {loss} at update {number + 1}"
        if self.accelerator.distributed_type == DistributedType.FSDP:
            # A pass over sharded weights takes all processes; they do not have equally many rows.
            return f"{begin}; its rows: {self._shown(rows.tolist())}"
        mine = share(rows, self.accelerator.process_index, self.accelerator.num_processes)
        singles = [(int(row), self._moved(self.task.filler(int(row), self.plan.seed).inputs)) for row in mine]
        broken = faults.broken_rows(self.task.model, singles)
        if not broken:
            return f"{begin}, though each of its rows alone has a loss that is finite"
        return f"{begin}, broken by {len(broken)} of its {len(rows)} rows: {self._shown(broken)}"

    def _shown(self, rows: list[int]) -> str:
        return "; ".join(self.task.describe(row) for row in rows[:5]) + (" …" if len(rows) > 5 else "")

    def _moved(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        return {key: value.to(self.accelerator.device, non_blocking=True) for key, value in inputs.items()}
