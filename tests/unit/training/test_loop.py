"""Updates equal those of a plain loop, and are written down as they are made."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from toy_trainings import MACHINE, PLAN, TECHNIQUES, UPDATES, fit, folder, task, weights

from yiju.training.batches import epoch_updates
from yiju.training.loop import Plan
from yiju.training.optimizer import LayerRates, rate_at


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
            kept = min(plan.ema_decay or 0.0, (1 + number) / (10 + number))
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
