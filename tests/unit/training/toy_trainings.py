"""Trainings of a toy classifier that save and evaluate often, for the tests of the loop."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from toys import PAIRS, model_folder

from yiju.models.folder import load_model, load_tokenizer
from yiju.models.tokens import encode_pairs
from yiju.training import loop
from yiju.training.adversarial import Pgd
from yiju.training.finetune import PairTask
from yiju.training.loop import Machine, Plan
from yiju.training.objective import PLAIN as UNCHANGED
from yiju.training.objective import Techniques
from yiju.training.optimizer import LayerRates
from yiju.training.step import Learner
from yiju.training.techniques.masking import Masking

PLAN = Plan(
    epochs=2,
    batch_size=8,
    learning_rate=1e-3,
    warmup=0.1,
    weight_decay=0.01,
    clip=1.0,
    evaluate_every=5,
    seed=7,
    precision="fp32",
    fgm_epsilon=0.5,
)
# Two layers: one at 1/2.6, one at 2.6 times the rate. Three moves of 0.4 leave a ball of 0.7.
TECHNIQUES = replace(
    PLAN,
    accumulation=2,
    fgm_epsilon=None,
    pgd=Pgd(3, 0.4, 0.7),
    adversarial_every=3,
    layer_rates=LayerRates(2.6, 3.0),
    ema_decay=0.9,
)
MASKED = Techniques(rdrop_alpha=1.0, masking=Masking("both", 4, 7))
# By the clock of `fit` below, which ticks once an update, a save every three updates.
MACHINE = Machine("cpu", 1, 100, save_every=3)
UPDATES = 16


def fit(task, plan, machine, work):
    """Train by a clock that every update moves on by a second, whatever the machine does."""
    return loop.fit(task, plan, machine, work, clock=itertools.count().__next__)


def task(folder, dropout=0.1, techniques=UNCHANGED):
    model_folder(folder, marker=True, dropout=dropout)
    tokenizer, model = load_tokenizer(folder), load_model(folder, "classifier", seed=5)
    q, t, labels = zip(*PAIRS, strict=True)
    pairs = encode_pairs(tokenizer, q, t, 32)
    truth = np.array(labels)
    return PairTask(model, pairs, truth, pairs, truth, 0.5, "toy", MACHINE, "fp32", techniques)


def weights(of):
    return [weight.detach().clone() for weight in of.model.parameters()]


def folder(path):
    path.mkdir()
    return path


def same(first, second):
    return all(map(torch.equal, first, second))


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


def fit_until(number, killed, work, monkeypatch, plan=PLAN, passes=0):
    """Train until `passes` backward passes of the given update (from 0) are done, and be killed there."""
    update, backward, left = Learner.update, Learner._backward, []

    def counted_update(self, now, *args):
        left[:] = [passes] if now == number else [-1]
        if left == [0]:
            raise Killed
        return update(self, now, *args)

    def counted_backward(*args, **options):
        figures = backward(*args, **options)
        left[0] -= 1
        if left == [0]:
            raise Killed
        return figures

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Learner, "update", counted_update)
        patch.setattr(Learner, "_backward", counted_backward)
        fit(killed, plan, MACHINE, work)
