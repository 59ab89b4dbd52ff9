"""Trainings that tests start in one process and in several."""

import itertools
import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import patience
from safetensors.torch import save_file
from toys import PAIRS, SHAPE

from yiju.base.errors import YijuError
from yiju.models.folder import load_model, load_tokenizer
from yiju.models.tokens import encode_pairs
from yiju.training import resume
from yiju.training.adversarial import Pgd
from yiju.training.finetune import PairTask
from yiju.training.loop import Machine, Plan, fit
from yiju.training.objective import Techniques
from yiju.training.optimizer import LayerRates
from yiju.training.posttrain import MaskedTask
from yiju.training.step import Learner
from yiju.training.techniques.masking import Masking
from yiju.training.techniques.mixup import Mixup

log = logging.getLogger("yiju.tests")
PLAN = Plan(
    epochs=1.0,
    batch_size=10,
    learning_rate=1e-3,
    warmup=0.1,
    weight_decay=0.01,
    clip=1.0,
    evaluate_every=100,
    seed=7,
    accumulation=3,
    precision="fp32",
    fgm_epsilon=0.5,
)
PLANS = {
    "fgm": PLAN,
    "pgd": replace(
        PLAN,
        fgm_epsilon=None,
        pgd=Pgd(3, 0.4, 0.7),
        adversarial_every=2,
        layer_rates=LayerRates(2.6, 3.0),
        ema_decay=0.9,
    ),
    "plain": replace(PLAN, fgm_epsilon=None, layer_rates=LayerRates(2.6, 3.0), evaluate_every=2, accumulation=2),
}
PLANS["last"] = replace(PLANS["plain"], stop_after=0.5)


def train(
    model: str,
    work: str,
    out: str,
    plan: str,
    settings: dict | None = None,
    killed_at: int | None = None,
    pause: str | None = None,
    saving: float = 0,
    techniques: dict | None = None,
) -> None:
    """Train a toy classifier without dropout and write its weights.

    killed_at: number of the update before which every process kills itself, or None. pause: a folder, or None; before
    the third update each process writes a file there, named by its rank, when it waits for a signal. saving: seconds
    that a save takes. techniques: those of the loss, mixup by its place, masking by its operator.
    """
    classifier = load_model(model, "classifier", seed=5).double()
    # 61 rows: the last update holds one, so that one of two processes has none.
    q, t, labels = zip(*PAIRS[:61], strict=True)
    pairs, truth = encode_pairs(load_tokenizer(model), q, t, 32), np.array(labels)
    machine = Machine("cpu", 1, 60, save_every=2)
    task = PairTask(
        classifier, pairs, truth, pairs, truth, 0.5, "toy", machine, "fp32", _techniques(**techniques or {})
    )
    if killed_at is not None:
        _before(killed_at, lambda: os.kill(os.getpid(), signal.SIGKILL))
    if pause:
        _before(2, lambda: _wait(Path(pause)))
    if saving:
        _save_slowly(saving)
    fit(task, replace(PLANS[plan], accelerate=(settings or {}).get("accelerate")), machine, Path(work), ticking())
    if int(os.environ.get("RANK", "0")) == 0:
        save_file({name: value.detach() for name, value in classifier.named_parameters()}, out)


def train_masked(model: str, work: str, out: str, plan: str, settings: dict | None = None) -> None:
    """Post-train a toy language model in float64 without dropout and write its weights."""
    learner, tokenizer = load_model(model, "masked_lm").double(), load_tokenizer(model)
    q, t, _ = zip(*PAIRS[:61], strict=True)
    pairs = encode_pairs(tokenizer, q, t, 32)
    machine = Machine("cpu", 1, 60)
    task = MaskedTask(learner, tokenizer, pairs, pairs, 0.3, 7, machine, "fp32")
    fit(
        task, replace(PLANS[plan], layer_rates=None, accelerate=(settings or {}).get("accelerate")), machine, Path(work)
    )
    if int(os.environ.get("RANK", "0")) == 0:
        save_file({name: value.detach() for name, value in learner.named_parameters()}, out)


def ticking() -> Callable[[], float]:
    """A clock that is one second later whenever it is read, as it is once an update."""
    return itertools.count().__next__


def _techniques(mixup: str | None = None, masking: str | None = None, **others: float) -> Techniques:
    blends, masks = mixup and Mixup(mixup, 0.4, SHAPE["layers"]), masking and Masking(masking, 4, 7)
    return Techniques(mixup=blends, masking=masks, **others)


def _before(update: int, act: Callable[[], None]) -> None:
    undisturbed = Learner.update

    def disturbed(self: Learner, now: int, *args: object) -> object:
        if now == update:
            act()
        return undisturbed(self, now, *args)

    Learner.update = disturbed


def _save_slowly(seconds: float) -> None:
    undisturbed = resume.save_file

    def slow(*args: object) -> None:
        time.sleep(seconds)
        undisturbed(*args)

    resume.save_file = slow


def _wait(waiting: Path) -> None:
    received = signal.getsignal(signal.SIGTERM)
    came = []

    def note(number: int, frame: object) -> None:
        came.append(number)
        received(number, frame)

    signal.signal(signal.SIGTERM, note)
    # Not before: a signal that came earlier would never be noted, and the process would wait for another one.
    waiting.mkdir(exist_ok=True)
    (waiting / os.environ.get("RANK", "0")).touch()
    patience.wait_for(lambda: came)


def fail(message: str) -> None:
    """Fail as bad input does, after a word of what is done."""
    log.info("at work")
    raise YijuError(message)
