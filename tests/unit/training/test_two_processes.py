"""Two processes that share a batch of 2B learn what one learns from it, with every technique: 8 updates in float64.

Dropout is off, as each process draws its own. Mixup is left out: it cannot be equal, for a pair is blended with
another of its own micro-batch, and a process's micro-batches hold its own rows only; test_mixup.py has its formula.
"""

import itertools
import os
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pair_tasks import MACHINE, PLAN, TRUTH, WEIGHTS, Halves, logits_of, pair_task
from safetensors.torch import load_file, save_file
from test_posttrain import DISTINCT, SETTINGS, texts
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook
from torch.nn.parallel import DistributedDataParallel
from toys import model_folder

from yiju.job.code_version import SCRIPTS
from yiju.job.launch import launch
from yiju.models.folder import load_model, load_tokenizer
from yiju.training import resume
from yiju.training.adversarial import Pgd
from yiju.training.dynamics import Dynamics
from yiju.training.loop import fit
from yiju.training.objective import PLAIN, Techniques
from yiju.training.optimizer import LayerRates
from yiju.training.posttrain import MaskedTask
from yiju.training.posttrain_texts import read_texts
from yiju.training.step import Learner
from yiju.training.techniques.masking import Masking

# Two processes for every plan take most of a minute.
pytestmark = pytest.mark.slow
TESTS = SCRIPTS.parent / "tests"
# 31 pairs: the fourth update of every epoch holds one, so that one of two processes has none.
PAIR_PLAN = replace(PLAN, epochs=2.0)
# 63 texts in updates of 8.
MASKED_PLAN = replace(PLAN, epochs=1.0, batch_size=8)
UPDATES = 8
RATES, BALL = LayerRates(2.6, 3.0), Pgd(3, 0.4, 0.7)
MASKING = Masking("both", 4, 7)
EVERYTHING = replace(PAIR_PLAN, accumulation=3, fgm_epsilon=0.5, adversarial_every=2, layer_rates=RATES, ema_decay=0.9)
# Plan, techniques, weights of the pairs.
PLANS = {
    "plain": (PAIR_PLAN, PLAIN, None),
    "fgm": (replace(PAIR_PLAN, fgm_epsilon=0.5), PLAIN, None),
    "pgd": (replace(PAIR_PLAN, pgd=BALL), PLAIN, None),
    "ema": (replace(PAIR_PLAN, ema_decay=0.9), PLAIN, None),
    "rdrop": (PAIR_PLAN, Techniques(rdrop_alpha=2.0), None),
    "weighting and smoothing": (PAIR_PLAN, Techniques(0.1), WEIGHTS),
    "masking": (PAIR_PLAN, Techniques(masking=MASKING), None),
    "layer rates": (replace(PAIR_PLAN, layer_rates=RATES), PLAIN, None),
    "accumulation": (replace(PAIR_PLAN, accumulation=3, pgd=BALL, adversarial_every=2), PLAIN, None),
    "everything": (EVERYTHING, Techniques(0.1, 2.0, None, MASKING), WEIGHTS),
}
# Share of hidden tokens: with few, one process often has no row to compute, and sometimes neither has.
MASKED, TEXTS = {"post-training": 0.3, "post-training, little hidden": 0.02}, "texts.parquet"
EXCHANGED, DIRECTIONS, DISAGREEING, TIMED = "exchanged", "directions", "disagreeing", "timed"


class HalvesInTraining(Halves):
    """Stands for dropout, whose draws R-Drop compares; it draws nothing."""

    def forward(self, pooled):
        return super().forward(pooled) if self.training else pooled


def learn_all(model: str, folder: str) -> None:
    """Train by every plan, and write what became of them, one file a process."""
    rank, root = os.environ.get("RANK", "0"), Path(folder)
    found = {}
    for name, plan in PLANS.items():
        with counted() as counts:
            found[name], found[f"{name} margins"] = learn_pairs(model, root / name, *plan)
        found |= {f"{name} {what}": torch.tensor(count) for what, count in counts.items()}
    for name, share in MASKED.items():
        found[name] = learn_masked(model, root / name, share)
    found[DISAGREEING] = disagree(model, root / DISAGREEING, int(rank))
    save_by_the_clock(model, root / TIMED, int(rank))
    save_file(found, root / f"{rank}.safetensors")


@contextmanager
def counted():
    """Counts numbers that are exchanged with the gradients of all weights, and directions that are exchanged."""
    counts, prepared, of_all = {EXCHANGED: 0, DIRECTIONS: 0}, Learner.__init__, Learner._of_all

    def hook(state, bucket):
        counts[EXCHANGED] += bucket.buffer().numel()
        return allreduce_hook(state, bucket)

    def init(self, task, model, *others):
        if isinstance(model, DistributedDataParallel):
            model.register_comm_hook(None, hook)
        prepared(self, task, model, *others)

    def direction(self, gradient):
        counts[DIRECTIONS] += 1
        return of_all(self, gradient)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Learner, "__init__", init)
        patch.setattr(Learner, "_of_all", direction)
        yield counts


def disagree(model, work, rank):
    """Logits of the weights that are kept where the processes judge five evaluations otherwise."""
    learner = load_model(model, "classifier", seed=5)
    task = pair_task(learner, load_tokenizer(model))
    values = iter([[0.1, 0.9, 0.2, 0.3, 0.4], [0.9, 0.1, 0.2, 0.3, 0.95]][rank])
    task.evaluate = lambda: {"accuracy": next(values)}
    work.mkdir(parents=True, exist_ok=True)
    best = fit(task, replace(PAIR_PLAN, epochs=5.0, evaluate_every=4), MACHINE, work)
    assert (best.update, best.value) == (8, 0.9)
    learner.eval()
    with torch.no_grad():
        return logits_of(task, np.arange(len(task.lengths)))


def save_by_the_clock(model, work, rank):
    """Train with a clock in each process: a second an update in the first, no time at all or years in another."""
    task = pair_task(load_model(model, "classifier", seed=5), load_tokenizer(model))
    work.mkdir(parents=True, exist_ok=True)
    seconds, saved, plain = itertools.count(), [], resume.save

    def save(folder, learner, optimizer, update, *others):
        saved.append(update)
        plain(folder, learner, optimizer, update, *others)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resume, "save", save)
        clock = seconds.__next__ if rank == 0 else lambda: 1e9 * next(seconds)
        fit(task, replace(PAIR_PLAN, epochs=5.0), replace(MACHINE, save_every=6), work, clock)
    assert saved == [6, 12, 18, 20]


def learn_pairs(model, work, plan, techniques, weights):
    """Logits of all pairs by the weights that are kept; those it begins with are large enough to tell pairs apart."""
    learner = load_model(model, "classifier", seed=5)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weight in learner.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator) * 0.2)
    if techniques.rdrop_alpha:
        learner.dropout = HalvesInTraining()
    task = pair_task(learner, load_tokenizer(model), techniques, weights, dynamics=Dynamics(2, len(TRUTH)))
    work.mkdir(parents=True, exist_ok=True)
    fit(task, plan, MACHINE, work)
    learner.eval()
    with torch.no_grad():
        return logits_of(task, np.arange(len(task.lengths))), task.dynamics.margins


def learn_masked(model, work, share):
    """All weights of a language model, in one row."""
    tokenizer, learner = load_tokenizer(model), load_model(model, "masked_lm", seed=5).double()
    learnt, held_out, unit = read_texts(str(Path(model) / TEXTS), tokenizer, SETTINGS)
    task = MaskedTask(learner, tokenizer, learnt, held_out, share, 7, MACHINE, "fp32", unit)
    work.mkdir(parents=True, exist_ok=True)
    fit(task, MASKED_PLAN, MACHINE, work)
    return torch.cat([weight.detach().flatten() for weight in learner.parameters()])


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """What one process and each of two made of the same settings, and the folders they worked in."""
    root = tmp_path_factory.mktemp("two")
    model = str(model_folder(root / "model"))
    texts(root / "model" / TEXTS, DISTINCT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), str(TESTS / "unit" / "training")]), prepend=os.pathsep)
        patch.setenv("OMP_NUM_THREADS", "1")
        for processes in (1, 2):
            (root / str(processes)).mkdir()
            launch(learn_all, {"model": model, "folder": str(root / str(processes))}, [], processes)
    return {file: load_file(root / f"{file}.safetensors") for file in ("1/0", "2/0", "2/1")}, root


@pytest.mark.parametrize("name", PLANS)
def test_two_processes_say_of_each_pair_what_one_does(learnt, name):
    files, _ = learnt
    margins = [files[file][f"{name} margins"] for file in ("1/0", "2/0", "2/1")]
    assert not torch.isnan(margins[0]).all(dim=1).any()
    for other in margins[1:]:
        torch.testing.assert_close(other, margins[0], rtol=0, atol=1e-5, equal_nan=True)


@pytest.mark.parametrize("name", [*PLANS, *MASKED, DISAGREEING])
def test_two_processes_learn_what_one_does(learnt, name):
    files, root = learnt
    for rank in ("2/0", "2/1"):
        torch.testing.assert_close(files[rank][name], files["1/0"][name], rtol=0, atol=1e-6)
    for processes in ("1", "2"):
        steps = (root / processes / name / "steps.jsonl").read_text(encoding="utf-8")
        assert steps.count("learning_rate") == (20 if name == DISAGREEING else UPDATES)


@pytest.mark.parametrize("name", PLANS)
def test_gradients_of_all_weights_are_exchanged_once_an_update(learnt, name):
    """However many steps and passes an update has; FGM and PGD exchange their direction beside that."""
    files, root = learnt
    whole = sum(weight.numel() for weight in load_model(root / "model", "classifier").parameters())
    plan = PLANS[name][0]
    moves = plan.is_adversarial * (plan.pgd.steps if plan.pgd else 1)
    # Of every four updates the last one holds a single pair, and so a single step.
    steps = [1 if update % 4 == 3 else plan.accumulation for update in range(0, UPDATES, plan.adversarial_every)]
    assert files["2/0"][f"{name} {EXCHANGED}"] == UPDATES * whole
    assert files["2/0"][f"{name} {DIRECTIONS}"] == moves * sum(steps)


@pytest.mark.parametrize("name", [name for name in PLANS if name != "plain"])
def test_the_technique_makes_a_difference(learnt, name):
    """Else its equality would show nothing."""
    files, _ = learnt
    assert (files["1/0"][name] - files["1/0"]["plain"]).abs().max() > 1e-3
