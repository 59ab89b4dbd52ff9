"""Which weights a training keeps, and when it ends: at its end, at a share of it, or when nothing gets better."""

import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from toy_trainings import MACHINE, PLAN, TECHNIQUES, fit, fit_until, folder, same, task, weights


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


def test_a_training_that_is_evaluated_at_its_end_alone_says_so(tmp_path, caplog):
    once = task(tmp_path / "a")
    once.evaluate = lambda: {"accuracy": 0.5}
    fit(once, replace(PLAN, evaluate_every=1000), MACHINE, folder(tmp_path / "once"))
    assert "is evaluated every 1000, so once, at its end" in caplog.text
    assert "set evaluate_every: auto" in caplog.text

    caplog.clear()
    often = task(tmp_path / "b")
    often.evaluate = lambda: {"accuracy": 0.5}
    fit(often, PLAN, MACHINE, folder(tmp_path / "often"))
    assert "at its end" not in caplog.text
