"""What a person sees while a training runs: the log, TensorBoard's curves, in a terminal one line with everything."""

import io
import logging
import sys
from dataclasses import replace

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from toy_trainings import MACHINE, PLAN, UPDATES, fit, fit_until, folder, task

from yiju.base.errors import YijuError
from yiju.training import step_log, trackers
from yiju.training.step import Figures
from yiju.training.step_log import Record


def watched(tmp_path):
    return replace(MACHINE, trackers=("tensorboard",), curves=str(tmp_path / "curves" / "finetune_fold.0"))


def drawn(tmp_path, name):
    """Updates and values of a curve, as TensorBoard shows it."""
    events = EventAccumulator(str(tmp_path / "curves" / "finetune_fold.0"))
    events.Reload()
    return [(event.step, event.value) for event in events.Scalars(name)]


def test_tensorboard_shows_every_update_and_every_evaluation(tmp_path):
    fit(task(tmp_path / "a"), PLAN, watched(tmp_path), folder(tmp_path / "work"))
    assert [step for step, _ in drawn(tmp_path, "loss")] == list(range(1, UPDATES + 1))
    assert [step for step, _ in drawn(tmp_path, "learning_rate")] == list(range(1, UPDATES + 1))
    assert all(0 <= value <= 1 for _, value in drawn(tmp_path, "train_accuracy"))
    assert [step for step, _ in drawn(tmp_path, "accuracy")] == [5, 10, 15, 16]


@pytest.mark.slow
def test_the_curves_of_a_resumed_training_go_on_where_its_save_was(tmp_path, monkeypatch):
    work = folder(tmp_path / "work")
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["toy_trainings"], "MACHINE", watched(tmp_path))
        fit_until(10, task(tmp_path / "a"), work, monkeypatch)
    fit(task(tmp_path / "b"), PLAN, watched(tmp_path), work)
    assert [step for step, _ in drawn(tmp_path, "loss")] == list(range(1, UPDATES + 1))


@pytest.mark.slow
def test_a_training_that_begins_anew_leaves_no_curves_of_an_abandoned_one(tmp_path):
    for name, plan in (("a", PLAN), ("b", replace(PLAN, epochs=1))):
        fit(task(tmp_path / name), plan, watched(tmp_path), folder(tmp_path / f"work-{name}"))
    assert [step for step, _ in drawn(tmp_path, "loss")] == list(range(1, UPDATES // 2 + 1))


def test_a_tracker_that_is_not_installed_is_named_with_the_remedy(tmp_path, monkeypatch):
    class Missing:
        requires_logging_directory = True

        def __init__(self, run_name, logging_dir):
            pass

        def start(self):
            raise ModuleNotFoundError("No module named 'wandb'", name="wandb")

    monkeypatch.setitem(trackers.LOGGER_TYPE_TO_CLASS, "wandb", Missing)
    with pytest.raises(
        YijuError, match=r"training\.trackers names wandb, but wandb is not installed: pip install wandb"
    ):
        trackers.open_trackers(["wandb"], str(tmp_path / "curves" / "fold"), 0)


def test_nobody_watches_where_nobody_is_named(tmp_path):
    assert trackers.open_trackers((), str(tmp_path), 0) == []


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_one_line_shows_loss_accuracy_rate_speed_and_time_left(tmp_path, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    line = Record(tmp_path / "steps.jsonl", "fine-tuning fold 0", "pairs", 0, 100, 64, quiet=False)
    for update in range(60):
        line.update(update + 1, 5e-4, Figures(0.5, 0.75))
    line.close()
    shown = screen.getvalue().split("\r")[-1]
    assert "fine-tuning fold 0:  60%" in shown
    assert "3840/6400" in shown
    assert " pairs/s" in shown
    assert "loss 0.5000, accuracy 0.750, rate 5.0e-04" in shown


def test_a_log_without_a_terminal_says_now_and_then_how_far_it_is(tmp_path, monkeypatch, caplog):
    clock = [1000.0]
    monkeypatch.setattr(step_log.time, "monotonic", lambda: clock[0])
    with caplog.at_level(logging.INFO, "yiju"):
        log = Record(tmp_path / "steps.jsonl", "post-training", "sentences", 20, 100, 50, quiet=False)
        for update in range(20, 40):
            clock[0] += 10
            log.update(update + 1, 5e-4, Figures(2.0, 0.3))
        log.close()
    assert len(caplog.messages) == 2
    assert caplog.messages[0] == (
        "post-training: update 27 of 100, loss 2.0000, accuracy 0.300, rate 5.0e-04, 5 sentences/s, 12.2 min left"
    )


def test_all_processes_but_the_first_keep_silent(tmp_path, caplog):
    with caplog.at_level(logging.INFO, "yiju"):
        silent = Record(tmp_path / "steps.jsonl", "toy", "pairs", 0, 10, 4, quiet=True)
        silent.update(1, 1e-3, Figures(0.5, 0.5))
        silent.evaluation(1, {"accuracy": 0.5})
        silent.close()
    assert caplog.messages == []
    assert not (tmp_path / "steps.jsonl").exists()
