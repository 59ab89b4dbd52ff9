"""The training loop of post-training and fine-tuning: set up, update, evaluate, save, leave when told to."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import numpy as np
from accelerate import Accelerator
from accelerate.optimizer import AcceleratedOptimizer
from accelerate.utils import broadcast_object_list

from yiju.base.errors import YijuError
from yiju.training import resume
from yiju.training.accelerator import set_up
from yiju.training.batches import epoch_updates, total_updates, updates_of_epoch
from yiju.training.forecast import Forecast, require_disk
from yiju.training.kept_states import updates_to_keep
from yiju.training.optimizer import adamw, rate_at
from yiju.training.plan import Machine, Plan
from yiju.training.resume import Best
from yiju.training.sharding import Unsharded, callable_parts
from yiju.training.step import Learner, MicroBatch, NotFinite, Task
from yiju.training.step_log import Record
from yiju.training.stopping import TIME_UP, Timetable, told_to_stop
from yiju.training.techniques import ema
from yiju.training.trackers import open_trackers
from yiju.training.usage import Usage

__all__ = ["Machine", "MicroBatch", "Plan", "Task", "fit"]

log = logging.getLogger(__name__)


def fit(task: Task, plan: Plan, machine: Machine, work: Path, clock: Callable[[], float] = time.monotonic) -> Best:
    """Train `task` by `plan`, leaving the best weights in the model; with `stop_after`, those of that epoch.

    With EMA, weights that are evaluated or left in the model are averaged ones.
    work: folder for saves, from which the same call continues after any interruption. clock: seconds, for the time
    between saves and for the machine's deadline; what is learnt does not depend on it. Raises SystemExit when told to
    stop, by a signal or by the machine's deadline (after saving), and YijuError when the loss is not finite (after
    saving the weights before it), the disk is too small, or there are fewer rows than processes.
    """
    return _Fit(task, plan, machine, work, clock).run()


class _Fit:
    """One call of `fit`."""

    def __init__(self, task: Task, plan: Plan, machine: Machine, work: Path, clock: Callable[[], float]) -> None:
        self.task, self.plan, self.work = task, plan, work
        self.accelerator = set_up(plan, machine)
        self.main = self.accelerator.is_main_process
        _require_rows(task, plan, self.accelerator)
        if self.main:
            require_disk(task.name, work, resume.needed_bytes(task.model, plan.checkpoints))
        whole_on_gpu = machine.device == "cuda" and plan.accelerate is None
        optimizer = adamw(task.model, plan.learning_rate, plan.weight_decay, plan.layer_rates, whole_on_gpu)
        self.whole = Unsharded(task.model) if plan.accelerate else None
        prepared = self.accelerator.prepare(task.model, optimizer)
        model, self.optimizer = prepared[0], cast(AcceleratedOptimizer, prepared[1])
        if self.whole:
            self.whole.empty(self.accelerator.device)
        if plan.compile:
            # In place: names of weights stay, and so do saves.
            task.model.compile(dynamic=True)
        self.total, self.end = (total_updates(len(task.lengths), plan.batch_size, n) for n in (plan.epochs, _end(plan)))
        self.evaluate_every = plan.updates_between_evaluations(self.end)
        if self.main and plan.stop_after is None and 1 < self.end <= self.evaluate_every:
            log.warning("warning: %s", _evaluated_once(task.name, self.evaluate_every, self.end))
        self.kept = updates_to_keep(plan.checkpoints, self.evaluate_every, self.end)
        self.shadow = ema.begin(task.model, plan.ema_decay)
        learning = (task.model, self.optimizer.optimizer, self.shadow, self.accelerator.scaler)
        self.done, self.best = resume.restore(work, *learning, task.dynamics, self.main)
        self.accelerator.wait_for_everyone()
        if self.main:
            resume.forget_after(work, self.done)
        self.learner = Learner(task, model, self.optimizer, self.accelerator, plan, machine, work)
        self.timetable = Timetable(machine.save_every, machine.deadline, self.accelerator, clock)
        trackers = open_trackers(machine.trackers, machine.curves, self.done) if self.main else []
        self.record = Record(
            *(work / "steps.jsonl", task.name, task.unit, self.done, self.end),
            *(min(plan.batch_size, len(task.lengths)), not self.main, trackers),
        )

    def run(self) -> Best:
        try:
            with told_to_stop() as stop:
                self._learn(stop)
        finally:
            self.record.close()
        self.accelerator.wait_for_everyone()
        if self.task.dynamics:
            self.task.dynamics.margins = self.task.dynamics.gathered(self.accelerator)
        if self.plan.stop_after is None:
            resume.load_best(self.work, self.task.model, self.best)
        else:
            ema.exchange(self.shadow, self.task.model)
        if self.whole:
            self.whole.give_back()
        self.accelerator.free_memory()
        if self.main:
            self.task.model.to(self.accelerator.device)
        return self.best

    def _learn(self, stop: list[int]) -> None:
        task, plan, usage = self.task, self.plan, Usage(self.accelerator)
        forecast = self._forecast()
        end = self.done if self._ended_early(self.done) else self.end
        for number, rows in _updates(task.lengths, plan, self.done, end):
            rate = rate_at(number, self.total, plan.warmup, plan.learning_rate)
            try:
                figures = self.learner.update(number, rows, rate)
            except NotFinite as error:
                self._save(number)
                raise YijuError(self._remedy(error)) from None
            ema.follow(self.shadow, task.model, plan.ema_decay, number)
            self.record.update(number + 1, rate, figures)
            forecast.update(rows)
            usage.update(number)
            last = number + 1 == self.end
            if last or (number + 1) % self.evaluate_every == 0:
                self._evaluate(number + 1)
            early = not last and self._ended_early(number + 1)
            due, status = self.timetable.after_update(stop)
            if last or early or status or due:
                self._save(number + 1)
            if early:
                log.info("%s: no better weights in %s evaluations, so it ends here", task.name, plan.patience)
                break
            if status and not last:
                self._leave(number + 1, status)
        usage.write(self.work)

    def _ended_early(self, update: int) -> bool:
        """Whether as many evaluations as `patience` says have passed without better weights.

        The saved best says so too, and so a training that was killed after its last update does not go on.
        """
        patience, best = self.plan.patience, self.best.update
        return patience is not None and best >= 0 and update - best >= patience * self.evaluate_every

    def _evaluate(self, update: int) -> None:
        """Evaluate; keep the weights if they are the best so far (ties: the earlier), or a state for TracIn."""
        with ema.averaged(self.shadow, self.task.model):
            self.task.model.eval()
            with callable_parts(self.task.model):
                # One process decides which weights are the best: figures of others may differ in their last digits.
                figures = broadcast_object_list([self.task.evaluate()])[0]
            value = next(iter(figures.values()))
            self.record.evaluation(update, figures)
            if value > self.best.value:
                self.best = Best(update, value)
                resume.save_best(self.work, self.task.model, self.best, self.main)
            if update in self.kept:
                resume.keep_state(self.work, self.task.model, update, self.main)

    def _save(self, update: int) -> None:
        self.record.flush()
        state = (self.task.model, self.optimizer.optimizer, update, self.best, self.shadow)
        margins = self.task.dynamics.gathered(self.accelerator) if self.task.dynamics else None
        resume.save(self.work, *state, self.main, self.accelerator.scaler, margins)
        # Were the others to leave now, torchrun would end the one that still writes.
        self.accelerator.wait_for_everyone()
        self.timetable.note_save()

    def _leave(self, update: int, status: int) -> None:
        why = "training.max_minutes is over" if status == TIME_UP else "told to stop"
        log.info("%s: %s after update %d of %d; the same command continues", self.task.name, why, update, self.end)
        raise SystemExit(status)

    def _forecast(self) -> Forecast:
        updates = self.end - self.done
        evaluated = -(-updates // self.evaluate_every) * self.task.evaluated
        return Forecast(self.task.name, self.task.lengths, updates, evaluated, self.plan.adversarial_every)

    def _remedy(self, error: NotFinite) -> str:
        return (
            f"{self.task.name}: {error}. Lower the learning rate, or set training.precision: fp32; "
            f"the weights before it are in {self.work}"
        )


def _evaluated_once(name: str, every: int, updates: int) -> str:
    return (
        f"{name} has {updates} updates and is evaluated every {every}, so once, at its end: no earlier weights can be "
        "chosen, and patience ends nothing; set evaluate_every: auto, or a smaller number"
    )


def _require_rows(task: Task, plan: Plan, accelerator: Accelerator) -> None:
    smallest = min(plan.batch_size, len(task.lengths))
    if smallest < accelerator.num_processes:
        raise YijuError(
            f"{task.name}: {accelerator.num_processes} processes, but an update has {smallest} {task.unit}; "
            "reserve fewer GPUs (jobs.gpus), or raise batch_size"
        )


def _end(plan: Plan) -> float:
    """Epochs after which the training ends; the learning rate falls as if it went on."""
    return plan.epochs if plan.stop_after is None else min(plan.epochs, plan.stop_after)


def _updates(lengths: np.ndarray, plan: Plan, done: int, total: int) -> Iterator[tuple[int, np.ndarray]]:
    """Numbers (from 0) and rows of the updates still to be done."""
    per_epoch = updates_of_epoch(len(lengths), plan.batch_size)
    epoch, order = -1, []
    for number in range(done, total):
        if number // per_epoch != epoch:
            epoch = number // per_epoch
            order = epoch_updates(lengths, plan.batch_size, plan.seed, epoch, plan.batches)
        yield number, order[number % per_epoch]
