"""The loop: equal to a plain reference, resumed equal to undisturbed, robust to damaged saves and to signals."""

import json
import os
import signal
from dataclasses import replace

import numpy as np
import pytest
import torch
from toys import PAIRS, model_folder

from yiju.encoder.folder import load_model, load_tokenizer
from yiju.errors import YijuError
from yiju.tokens import encode_pairs
from yiju.training import loop
from yiju.training.batches import epoch_updates
from yiju.training.finetune import PairTask
from yiju.training.loop import Machine, Plan, fit
from yiju.training.optimiser import rate_at

PLAN = Plan(
    epochs=2,
    batch_size=8,
    learning_rate=1e-3,
    warmup=0.1,
    weight_decay=0.01,
    clip=1.0,
    evaluate_every=5,
    save_every=3,
    seed=7,
    precision="fp32",
    fgm_epsilon=0.5,
)
MACHINE = Machine("cpu", 1, 100)
UPDATES = 16


def task(folder, dropout=0.1):
    model_folder(folder, marker=True, dropout=dropout)
    tokenizer, model = load_tokenizer(folder), load_model(folder, "classifier", seed=5)
    q, t, labels = zip(*PAIRS, strict=True)
    pairs = encode_pairs(tokenizer, q, t, 32)
    return PairTask(model, pairs, np.array(labels), pairs, np.array(labels), 0.5, "toy", MACHINE, "fp32")


def weights(of):
    return [weight.detach().clone() for weight in of.model.parameters()]


def folder(path):
    path.mkdir()
    return path


def same(first, second):
    return all(map(torch.equal, first, second))


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


def fit_until(number, killed, work, monkeypatch):
    """Train until the given update (from 0) begins, and be killed there."""
    plain = loop._update

    def update(*args):
        if args[6] == number:
            raise Killed
        return plain(*args)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(loop, "_update", update)
        fit(killed, PLAN, MACHINE, work)


@pytest.mark.parametrize("killed_at", [2, 5, 9, 10, 15])
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
    work, plain = folder(tmp_path / "stopped"), loop._update

    def update(*args):
        if args[6] == 7:
            os.kill(os.getpid(), signal.SIGTERM)
        return plain(*args)

    with monkeypatch.context() as patch, pytest.raises(SystemExit) as stop:
        patch.setattr(loop, "_update", update)
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


def test_updates_equal_a_plain_reference_loop_in_float64(tmp_path):
    """Micro-batches, clipping, schedule, decay and FGM together, without dropout: AdamW written out."""
    ours, plain = task(tmp_path / "a", dropout=0.0), task(tmp_path / "b", dropout=0.0)
    for one in (ours, plain):
        one.model.double()
    last = [weights(ours)]
    ours.evaluate = lambda: last.append(weights(ours)) or {"accuracy": float(len(last))}
    plan = replace(PLAN, epochs=1, accumulation=2)
    fit(ours, plan, MACHINE, folder(tmp_path / "work"))
    reference(plain, plan)
    for got, expected in zip(last[-1], plain.model.parameters(), strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-11)


def reference(of, plan):
    """One epoch, one forward pass a pair: no batches, so nothing can hide in padding."""
    moments = {weight: (torch.zeros_like(weight), torch.zeros_like(weight)) for weight in of.model.parameters()}
    updates = epoch_updates(of.lengths, plan.batch_size, plan.seed, 0)
    for number, rows in enumerate(updates):
        of.model.zero_grad()
        for part in (rows[step :: plan.accumulation] for step in range(plan.accumulation)):
            backward(of, part, len(rows))
            clean = of.embedding.detach().clone()
            direction = of.embedding.grad / of.embedding.grad.norm()
            of.embedding.data += plan.fgm_epsilon * direction
            backward(of, part, len(rows))
            of.embedding.data = clean
        norm = torch.sqrt(sum((weight.grad**2).sum() for weight in moments))
        rate = rate_at(number, len(updates), plan.warmup, plan.learning_rate)
        for weight, (first, second) in moments.items():
            gradient = weight.grad * min(1.0, plan.clip / (norm + 1e-6))
            first.mul_(0.9).add_(0.1 * gradient)
            second.mul_(0.999).add_(0.001 * gradient**2)
            step = (first / (1 - 0.9 ** (number + 1))) / ((second / (1 - 0.999 ** (number + 1))).sqrt() + 1e-8)
            decay = plan.weight_decay if weight.ndim > 1 else 0.0
            weight.data = weight.data - rate * decay * weight.data - rate * step


def backward(of, rows, terms):
    for row in rows:
        batch = of.pairs.batch(np.array([row]))
        (of.model(labels=of.labels[[row]], **batch.inputs()) / terms).backward()


def test_a_loss_that_is_not_finite_ends_in_a_message(tmp_path, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(YijuError, match=r"loss is nan at update 3.*learning rate"):
        patch.setattr(loop, "_update", lambda *args: torch.tensor(float("nan")))
        fit(task(tmp_path / "a"), PLAN, MACHINE, folder(tmp_path / "work"))
    assert not list((tmp_path / "work").glob("save-*"))


def test_steps_are_json_lines_of_every_update(tmp_path):
    fit(task(tmp_path / "a"), PLAN, MACHINE, folder(tmp_path / "work"))
    lines = [json.loads(line) for line in (tmp_path / "work" / "steps.jsonl").read_text().split("\n") if line]
    updates = [line for line in lines if "loss" in line]
    assert [line["update"] for line in updates] == list(range(1, UPDATES + 1))
    assert updates[-1]["learning_rate"] == pytest.approx(1e-3 / (UPDATES - 1), rel=0.01)
    assert [line["update"] for line in lines if "accuracy" in line] == [5, 10, 15, 16]
