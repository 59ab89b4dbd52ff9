"""What goes wrong in the middle of a training ends in a message or a recovery, and nothing that was learnt is lost."""

import json
import logging
from dataclasses import replace

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from toy_trainings import MACHINE, PLAN, TECHNIQUES, UPDATES, fit, folder, same, task, weights

from yiju.base.errors import YijuError
from yiju.training import faults, forecast
from yiju.training.step import Learner
from yiju.training.stopping import TIME_UP


def saves(work):
    return sorted(path.name for path in work.glob("save-*"))


def fails_once(monkeypatch, number, error):
    """Let the second micro-batch of an update fail once, as running out of memory does."""
    plain, seen = Learner._moved, []

    def moved(self, inputs):
        seen.append(self.now)
        if seen.count(number) == 2:
            raise error
        return plain(self, inputs)

    update = Learner.update

    def noted(self, now, *args):
        self.now = now
        return update(self, now, *args)

    monkeypatch.setattr(Learner, "update", noted)
    monkeypatch.setattr(Learner, "_moved", moved)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(torch.OutOfMemoryError("CUDA out of memory."), marks=pytest.mark.slow),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
    ids=["gpu", "cpu"],
)
def test_out_of_memory_the_update_is_done_in_smaller_passes(tmp_path, monkeypatch, caplog, error):
    whole = task(tmp_path / "a", dropout=0.0)
    fit(whole, TECHNIQUES, MACHINE, folder(tmp_path / "whole"))
    work = folder(tmp_path / "work")
    recovered = task(tmp_path / "b", dropout=0.0)
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING, "yiju"):
        fails_once(patch, 3, error)
        fit(recovered, TECHNIQUES, MACHINE, work)

    assert "out of memory: going on with micro-batches of 50 tokens instead of 100, same batch" in caplog.text
    for got, wanted in zip(weights(recovered), weights(whole), strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-5)
    # The next start of this training knows it.
    assert faults.known_budget(work, 100) == 50
    assert faults.known_budget(work, 40) == 40


def test_any_other_error_of_an_update_is_passed_on(tmp_path, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="mat1 and mat2"):
        fails_once(patch, 3, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
        fit(task(tmp_path / "a"), PLAN, MACHINE, folder(tmp_path / "work"))


def test_a_single_row_that_is_too_much_ends_in_a_message(tmp_path):
    with pytest.raises(YijuError, match=r"out of memory with a single row of 30 tokens: lower encoder\.max_length"):
        faults.smaller_budget(tmp_path, 30, 30, Accelerator(cpu=True))


def test_a_budget_is_never_less_than_the_longest_row(tmp_path):
    assert faults.smaller_budget(tmp_path, 50, 30, Accelerator(cpu=True)) == 30


def broken(of, row):
    """Make one row's loss no number, by a weight that is none."""
    of.weights = torch.ones(len(of.labels))
    of.weights[row] = float("nan")
    return of


def test_a_loss_that_is_no_number_names_its_rows_and_keeps_what_was_learnt(tmp_path):
    work, whole = folder(tmp_path / "work"), task(tmp_path / "a")
    seen = []
    whole.evaluate = lambda: seen.append(weights(whole)) or {"accuracy": 0.5}
    stopping = broken(task(tmp_path / "b"), 17)
    with pytest.raises(YijuError) as error:
        fit(stopping, PLAN, MACHINE, work)

    message = str(error.value)
    update = int(message.split("at update ")[1].split(",")[0])
    assert f"the loss is nan at update {update}, broken by 1 of its 8 rows: {stopping.describe(17)}" in message
    assert f"Lower the learning rate, or set training.precision: fp32; the weights before it are in {work}" in message
    assert saves(work)[-1] == f"save-{update - 1:08d}"
    assert all(torch.isfinite(weight).all() for weight in weights(stopping))
    lines = [json.loads(line) for line in (work / "steps.jsonl").read_text().split("\n") if line]
    assert max(line["update"] for line in lines) == update - 1


def test_a_gradient_that_is_no_number_is_refused_too(tmp_path):
    learner = task(tmp_path / "a")
    learner.embedding.register_hook(lambda gradient: gradient * float("inf"))
    with pytest.raises(YijuError, match=r"the gradient is (nan|inf) at update 1, its loss being 0\.\d+\. Lower"):
        fit(learner, replace(PLAN, fgm_epsilon=None), MACHINE, folder(tmp_path / "work"))


@pytest.mark.slow
def test_a_training_whose_time_is_over_saves_and_the_next_run_goes_on(tmp_path, caplog):
    whole = task(tmp_path / "a")
    fit(whole, PLAN, MACHINE, folder(tmp_path / "whole"))
    work = folder(tmp_path / "work")
    over = replace(MACHINE, deadline=0)
    for update in (1, 2):
        with pytest.raises(SystemExit) as stop, caplog.at_level(logging.INFO, "yiju"):
            fit(task(tmp_path / f"b{update}"), PLAN, over, work)
        assert stop.value.code == TIME_UP
        assert saves(work)[-1] == f"save-{update:08d}"
        assert f"training.max_minutes is over after update {update} of {UPDATES}" in caplog.text
    resumed = task(tmp_path / "c")
    fit(resumed, PLAN, replace(MACHINE, deadline=600), work)
    assert same(weights(whole), weights(resumed))


def test_a_disk_too_small_for_the_saves_is_refused_before_training(tmp_path, monkeypatch):
    monkeypatch.setattr(forecast.shutil, "disk_usage", lambda _: forecast.shutil._ntuple_diskusage(10, 9, 1))
    work = folder(tmp_path / "work")
    with pytest.raises(YijuError, match=rf"{work}: saves of this training need up to .* MB and 0 MB are free"):
        fit(task(tmp_path / "a"), PLAN, MACHINE, work)
    assert not (work / "steps.jsonl").exists()


def test_the_time_of_a_training_is_estimated_from_its_first_updates(monkeypatch, caplog):
    clock = iter([100.0, 110.0])
    monkeypatch.setattr(forecast.time, "monotonic", lambda: next(clock))
    lengths = np.full(1000, 20)
    # Ten updates of 4 rows took 10 s: 1,000 updates and 3,000 tokens to evaluate (at a third) are 1,012.5 s.
    estimate = forecast.Forecast("toy", lengths, updates=1000, evaluated=3000, every=1)
    with caplog.at_level(logging.INFO, "yiju"):
        for update in range(20):
            estimate.update(np.arange(4) + update)
    assert caplog.messages == ["toy: 1000 updates, about 17 min in all"]
