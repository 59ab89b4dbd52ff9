"""The loop: equal to a plain reference, resumed equal to undisturbed, robust to damaged saves and to signals."""

import itertools
import json
import os
import signal
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from toys import PAIRS, model_folder

from yiju.models.folder import load_model, load_tokenizer
from yiju.models.tokens import encode_pairs
from yiju.training import loop
from yiju.training.adversarial import Pgd
from yiju.training.batches import epoch_updates
from yiju.training.finetune import PairTask
from yiju.training.loop import Machine, Plan
from yiju.training.objective import PLAIN as UNCHANGED
from yiju.training.objective import Techniques
from yiju.training.optimizer import LayerRates, rate_at
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


@pytest.mark.parametrize("killed_at", [9, *(pytest.param(other, marks=pytest.mark.slow) for other in (2, 5, 10, 15))])
def test_a_killed_training_ends_as_the_undisturbed_one(tmp_path, monkeypatch, killed_at):
    whole = task(tmp_path / "a")
    best = fit(whole, PLAN, MACHINE, folder(tmp_path / "whole"))
    work = folder(tmp_path / "broken")
    fit_until(killed_at, task(tmp_path / "b"), work, monkeypatch)
    resumed = task(tmp_path / "c")
    assert fit(resumed, PLAN, MACHINE, work) == best
    assert same(weights(whole), weights(resumed))
    steps = [(tmp_path / name / "steps.jsonl").read_text() for name in ("whole", "broken")]
    assert steps[0] == steps[1]
    assert len([line for line in steps[0].split("\n") if "learning_rate" in line]) == UPDATES


def last_save(work):
    return (work / f"save-{UPDATES:08d}" / "state.safetensors").read_bytes()


# Update 9 is an adversarial one: four passes are its first step, the sixth is a move within the second.
@pytest.mark.parametrize(
    ("update", "passes"),
    [(9, 6), *(pytest.param(*other, marks=pytest.mark.slow) for other in ((4, 0), (9, 4), (15, 0)))],
)
def test_a_training_with_all_techniques_is_resumed_bit_for_bit(tmp_path, monkeypatch, update, passes):
    whole, broken, resumed = (task(tmp_path / name, techniques=MASKED) for name in "abc")
    best = fit(whole, TECHNIQUES, MACHINE, folder(tmp_path / "whole"))
    work = folder(tmp_path / "broken")
    fit_until(update, broken, work, monkeypatch, TECHNIQUES, passes)
    assert fit(resumed, TECHNIQUES, MACHINE, work) == best
    assert same(weights(whole), weights(resumed))
    assert last_save(work) == last_save(tmp_path / "whole")
    assert (work / "steps.jsonl").read_text() == (tmp_path / "whole" / "steps.jsonl").read_text()


@pytest.mark.slow
def test_a_damaged_save_gives_way_to_the_one_before(tmp_path, monkeypatch):
    whole = task(tmp_path / "a")
    fit(whole, PLAN, MACHINE, folder(tmp_path / "whole"))
    work = folder(tmp_path / "broken")
    fit_until(10, task(tmp_path / "b"), work, monkeypatch)
    saves = sorted(work.glob("save-*"))
    assert [save.name for save in saves] == ["save-00000006", "save-00000009"]
    tensors = saves[1] / "state.safetensors"
    tensors.write_bytes(tensors.read_bytes()[:-7])
    resumed = task(tmp_path / "c")
    fit(resumed, PLAN, MACHINE, work)
    assert same(weights(whole), weights(resumed))


@pytest.mark.slow
@pytest.mark.parametrize("save", [pytest.param("save-00000006", marks=pytest.mark.slow), "save-00000009"])
def test_a_save_that_lost_its_facts_stops_nothing(tmp_path, monkeypatch, save):
    whole = task(tmp_path / "a")
    fit(whole, PLAN, MACHINE, folder(tmp_path / "whole"))
    work = folder(tmp_path / "broken")
    fit_until(10, task(tmp_path / "b"), work, monkeypatch)
    (work / save / "state.json").unlink()
    resumed = task(tmp_path / "c")
    fit(resumed, PLAN, MACHINE, work)
    assert same(weights(whole), weights(resumed))


def test_killed_while_it_removes_an_old_save_it_leaves_nothing_that_looks_like_one(tmp_path, monkeypatch):
    work = folder(tmp_path / "broken")
    fit_until(8, task(tmp_path / "a"), work, monkeypatch)
    before = [path.name for path in work.glob("save-*")]

    def killed(path, **_):
        if path.is_dir():
            raise Killed

    resumed = task(tmp_path / "b")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("shutil.rmtree", killed)
        fit(resumed, PLAN, MACHINE, work)
    after = [path.name for path in work.glob("save-*")]

    assert sorted(before) == ["save-00000003", "save-00000006"]
    assert sorted(after) == ["save-00000006", "save-00000009"]


@pytest.mark.slow
def test_damaged_best_weights_damage_the_save_that_names_them(tmp_path, monkeypatch):
    whole = task(tmp_path / "a")
    fit(whole, PLAN, MACHINE, folder(tmp_path / "whole"))
    work = folder(tmp_path / "broken")
    fit_until(10, task(tmp_path / "b"), work, monkeypatch)
    for best in work.glob("best-*.safetensors"):
        best.write_bytes(b"")
    resumed = task(tmp_path / "c")
    fit(resumed, PLAN, MACHINE, work)
    assert same(weights(whole), weights(resumed))


def test_sigterm_saves_and_leaves(tmp_path, monkeypatch):
    whole = task(tmp_path / "a")
    fit(whole, PLAN, MACHINE, folder(tmp_path / "whole"))
    work, plain = folder(tmp_path / "stopped"), Learner.update

    def update(self, number, *args):
        if number == 7:
            os.kill(os.getpid(), signal.SIGTERM)
        return plain(self, number, *args)

    with monkeypatch.context() as patch, pytest.raises(SystemExit) as stop:
        patch.setattr(Learner, "update", update)
        fit(task(tmp_path / "b"), PLAN, MACHINE, work)
    assert stop.value.code == 143
    assert (work / "save-00000008").is_dir()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    resumed = task(tmp_path / "c")
    fit(resumed, PLAN, MACHINE, work)
    assert same(weights(whole), weights(resumed))


def test_the_best_weights_are_kept_not_the_last(tmp_path):
    chosen = task(tmp_path / "a")
    values = iter([0.2, 0.9, 0.4, 0.9])
    seen = []

    def evaluate():
        seen.append(weights(chosen))
        return {"accuracy": next(values)}

    chosen.evaluate = evaluate
    best = fit(chosen, PLAN, MACHINE, folder(tmp_path / "work"))
    assert (best.update, best.value) == (10, 0.9)
    assert same(weights(chosen), seen[1])


@pytest.mark.slow
def test_a_training_may_stop_before_its_end_and_keep_what_it_has(tmp_path):
    whole, early = task(tmp_path / "a"), task(tmp_path / "b")
    seen = []
    whole.evaluate = lambda: seen.append(weights(whole)) or {"accuracy": 0.5}
    fit(whole, PLAN, MACHINE, folder(tmp_path / "whole"))
    values = iter([0.9, 0.1])
    early.evaluate = lambda: {"accuracy": next(values)}
    # Ten of sixteen updates: where the whole training is evaluated a second time.
    fit(early, replace(PLAN, stop_after=1.25), MACHINE, folder(tmp_path / "early"))
    assert same(weights(early), seen[1])
    assert (tmp_path / "early" / "save-00000010").is_dir()


def test_with_an_average_a_training_that_stops_early_keeps_it(tmp_path):
    early, seen = task(tmp_path / "a"), []
    early.evaluate = lambda: seen.append(weights(early)) or {"accuracy": -float(len(seen))}
    fit(early, replace(TECHNIQUES, stop_after=1.25), MACHINE, folder(tmp_path / "early"))
    assert same(weights(early), seen[1])
    saved = load_file(tmp_path / "early" / "save-00000010" / "state.safetensors")
    for name, weight in early.model.named_parameters():
        assert torch.equal(saved[f"average/{name}"], weight)
    assert not all(
        torch.equal(saved[f"weight/{name}"], saved[f"average/{name}"]) for name, _ in early.model.named_parameters()
    )


@pytest.mark.slow
def test_evaluating_the_average_leaves_no_trace(tmp_path):
    for name, every in (("often", 1), ("once", 100)):
        plan = replace(TECHNIQUES, epochs=1, evaluate_every=every)
        fit(task(tmp_path / f"model-{name}"), plan, MACHINE, folder(tmp_path / name))
    often, once = (tmp_path / name / "save-00000008" / "state.safetensors" for name in ("often", "once"))
    assert often.read_bytes() == once.read_bytes()


@pytest.mark.parametrize(
    "techniques",
    [
        replace(PLAN, epochs=1, accumulation=2),
        replace(PLAN, epochs=1, accumulation=2, adversarial_every=2, layer_rates=LayerRates(2.6, 3.0)),
        replace(PLAN, epochs=1, fgm_epsilon=None, ema_decay=0.9),
        replace(TECHNIQUES, epochs=1),
    ],
    ids=["fgm", "fgm every second update, layer rates", "ema", "pgd, layer rates, ema"],
)
def test_updates_equal_a_plain_reference_loop_in_float64(tmp_path, techniques):
    """Micro-batches, clipping, schedule, decay and techniques together, without dropout: AdamW written out."""
    ours, plain = task(tmp_path / "a", dropout=0.0), task(tmp_path / "b", dropout=0.0)
    for one in (ours, plain):
        one.model.double()
    last = [weights(ours)]
    ours.evaluate = lambda: last.append(weights(ours)) or {"accuracy": float(len(last))}
    fit(ours, techniques, MACHINE, folder(tmp_path / "work"))
    for got, expected in zip(last[-1], reference(plain, techniques), strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-11)


def reference(of, plan):
    """The weights to be kept after one epoch, one forward pass a pair: no batches, so nothing can hide in padding."""
    moments = {weight: (torch.zeros_like(weight), torch.zeros_like(weight)) for weight in of.model.parameters()}
    names = {weight: name for name, weight in of.model.named_parameters()}
    average = {weight: weight.detach().clone() for weight in moments}
    updates = epoch_updates(of.lengths, plan.batch_size, plan.seed, 0, plan.batches)
    for number, rows in enumerate(updates):
        of.model.zero_grad()
        for part in (rows[step :: plan.accumulation] for step in range(plan.accumulation)):
            backward(of, part, len(rows))
            if number % plan.adversarial_every == 0:
                attack(of, part, len(rows), plan)
        norm = torch.sqrt(sum((weight.grad**2).sum() for weight in moments))
        for weight, (first, second) in moments.items():
            rate = rate_at(number, len(updates), plan.warmup, plan.learning_rate) * multiple(names[weight], plan)
            gradient = weight.grad * min(1.0, plan.clip / (norm + 1e-6))
            first.mul_(0.9).add_(0.1 * gradient)
            second.mul_(0.999).add_(0.001 * gradient**2)
            step = (first / (1 - 0.9 ** (number + 1))) / ((second / (1 - 0.999 ** (number + 1))).sqrt() + 1e-8)
            decay = plan.weight_decay if weight.ndim > 1 else 0.0
            weight.data = weight.data - rate * decay * weight.data - rate * step
            kept = plan.ema_decay or 0.0
            average[weight] = kept * average[weight] + (1 - kept) * weight.data
    return list(average.values())


def multiple(name, plan):
    """Of a model of two layers."""
    if plan.layer_rates is None or "embeddings" in name:
        return 1.0
    if "layer.0." in name:
        return 1 / plan.layer_rates.factor
    return plan.layer_rates.factor if "layer.1." in name else plan.layer_rates.head


def attack(of, part, terms, plan):
    """FGM or PGD with every move written out."""
    clean = of.embedding.detach().clone()
    if plan.fgm_epsilon:
        of.embedding.data = clean + plan.fgm_epsilon * of.embedding.grad / of.embedding.grad.norm()
        backward(of, part, terms)
    if plan.pgd:
        gathered = [weight.grad.clone() for weight in of.model.parameters()]
        moved = torch.zeros_like(clean)
        for _ in range(plan.pgd.steps):
            moved = moved + plan.pgd.alpha * of.embedding.grad / of.embedding.grad.norm()
            moved = moved * min(1.0, plan.pgd.epsilon / moved.norm())
            of.embedding.data = clean + moved
            of.model.zero_grad()
            backward(of, part, terms)
        for weight, gradient in zip(of.model.parameters(), gathered, strict=True):
            weight.grad += gradient
    of.embedding.data = clean


def backward(of, rows, terms):
    for row in rows:
        batch = of.pairs.batch(np.array([row]))
        (of.model(labels=of.labels[[row]], **batch.inputs())[0] / terms).backward()


def test_steps_are_json_lines_of_every_update(tmp_path):
    fit(task(tmp_path / "a"), PLAN, MACHINE, folder(tmp_path / "work"))
    lines = [json.loads(line) for line in (tmp_path / "work" / "steps.jsonl").read_text().split("\n") if line]
    updates = [line for line in lines if "loss" in line]
    assert [line["update"] for line in updates] == list(range(1, UPDATES + 1))
    assert updates[-1]["learning_rate"] == pytest.approx(1e-3 / (UPDATES - 1), rel=0.01)
    assert all(0 <= line["train_accuracy"] <= 1 for line in updates)
    assert [line["update"] for line in lines if "accuracy" in line] == [5, 10, 15, 16]


def test_the_steps_name_the_base_rate(tmp_path):
    fit(task(tmp_path / "a"), replace(TECHNIQUES, epochs=1), MACHINE, folder(tmp_path / "work"))
    lines = [json.loads(line) for line in (tmp_path / "work" / "steps.jsonl").read_text().split("\n") if line]
    rates = [line["learning_rate"] for line in lines if "loss" in line]
    assert rates == [rate_at(update, 8, PLAN.warmup, PLAN.learning_rate) for update in range(8)]


def test_a_plan_holds_the_techniques_that_are_switched_on():
    off = {
        "fgm": {"enabled": False, "epsilon": 0.5},
        "pgd": {"enabled": False, "steps": 3, "alpha": 0.4, "epsilon": 0.7},
        "layer_rates": {"enabled": False, "factor": 2.6, "head": 3.0},
        "ema": {"enabled": False, "decay": 0.9},
        "rdrop": {"enabled": True, "alpha": 1.0},
    }
    # What post-training configures too.
    fields = ("epochs", "batch_size", "learning_rate", "warmup", "weight_decay", "clip")
    shared = {key: getattr(PLAN, key) for key in (*fields, "evaluate_every", "seed", "precision")}
    plain = Plan.of(shared)
    assert plain == replace(PLAN, fgm_epsilon=None)
    assert Plan.of(shared | off) == plain
    on = {key: options | {"enabled": True} for key, options in off.items()}
    rest = {"accumulation": 2, "adversarial_every": 3}
    assert Plan.of(shared | on | rest) == replace(TECHNIQUES, fgm_epsilon=0.5)
    assert off["fgm"] == {"enabled": False, "epsilon": 0.5}


# Evaluations after updates 2, 4, 6 ...: the second is the best, and two after it are not better.
VALUES = [0.5, 0.7, 0.7, 0.6, 0.9, 0.9, 0.9, 0.9]
PATIENT = replace(PLAN, evaluate_every=2, patience=2)


def test_a_training_without_better_weights_ends_and_keeps_the_best(tmp_path):
    work, ended = folder(tmp_path / "work"), task(tmp_path / "a")
    values = iter(VALUES)
    ended.evaluate = lambda: {"accuracy": next(values)}
    best = fit(ended, PATIENT, MACHINE, work)

    assert (best.update, best.value) == (4, 0.7)
    steps = [json.loads(line) for line in (work / "steps.jsonl").read_text(encoding="utf-8").splitlines()]
    assert max(one["update"] for one in steps) == 8
    # What it learnt until then is what a training to the end has learnt by then.
    whole, values = task(tmp_path / "b"), iter([0.5, 0.7, *[0.0] * 6])
    whole.evaluate = lambda: {"accuracy": next(values)}
    fit(whole, replace(PATIENT, patience=None), MACHINE, folder(tmp_path / "whole"))
    assert same(weights(ended), weights(whole))


def test_an_evaluation_that_is_better_in_time_lets_it_go_on(tmp_path):
    values, patient = iter([0.5, 0.4, 0.6, 0.5, 0.7, 0.6, 0.8, 0.7]), task(tmp_path / "a")
    patient.evaluate = lambda: {"accuracy": next(values)}
    best = fit(patient, PATIENT, MACHINE, folder(tmp_path / "work"))

    assert (best.update, best.value) == (14, 0.8) and next(values, None) is None


@pytest.mark.parametrize("killed_at", [3, 7])
def test_a_killed_patient_training_ends_where_an_undisturbed_one_does(tmp_path, monkeypatch, killed_at):
    def patient(name, first=0):
        found, values = task(tmp_path / name), iter(VALUES[first:])
        found.evaluate = lambda: {"accuracy": next(values)}
        return found

    whole, work = patient("a"), folder(tmp_path / "broken")
    best = fit(whole, PATIENT, MACHINE, folder(tmp_path / "whole"))
    fit_until(killed_at, patient("b"), work, monkeypatch, plan=PATIENT)
    # The last save is of every third update; what was evaluated after it is evaluated again.
    resumed = patient("c", first=killed_at // 3 * 3 // 2)
    assert fit(resumed, PATIENT, MACHINE, work) == best
    assert same(weights(whole), weights(resumed))
    # Killed after its end, before anybody took its weights: it does not go on.
    again = patient("d", first=len(VALUES))
    assert fit(again, PATIENT, MACHINE, work) == best
    assert same(weights(whole), weights(again))
