"""When a training saves and leaves, by clocks that the tests make up, and how often it is evaluated."""

import itertools
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from toy_trainings import MACHINE, PLAN, folder, same, task, weights

from yiju.training import loop, resume
from yiju.training.stopping import TIME_UP, Timetable

ALONE = SimpleNamespace(is_main_process=True, num_processes=1)


def timetable(readings, accelerator=ALONE, every=10, deadline=None):
    return Timetable(every, deadline, accelerator, iter(readings).__next__)


def test_a_save_is_due_so_long_after_the_last_one_ended():
    # It begins at 100. The save of update 3 takes from 111 to 140: the next one is due at 150.
    readings = [100, 105, 109.9, 111, 140, 149, 150, 151]
    table = timetable(readings)
    due = [table.after_update([])[0] for _ in range(3)]
    table.note_save()
    assert [*due, *(table.after_update([])[0] for _ in range(3))] == [False, False, True, False, True, True]


def test_the_time_is_over_or_a_signal_came():
    table = timetable([0, 5, 6, 7, 8], deadline=6)
    assert [table.after_update(stop)[1] for stop in ([], [], [], [15])] == [0, 0, TIME_UP, 143]


def process(rank, others):
    """A process among several, whose `gather` adds what the others bring."""

    def gather(mine):
        seen.append(mine.tolist())
        return torch.cat([mine, torch.tensor(others)])

    seen = []
    return SimpleNamespace(
        is_main_process=rank == 0, num_processes=2, device=torch.device("cpu"), gather=gather, seen=seen
    )


def test_the_clock_of_the_main_process_counts_and_no_other():
    first, second = process(0, [[0, 0]]), process(1, [[0, 0]])
    assert timetable([0, 99], first, deadline=50).after_update([]) == (True, TIME_UP)
    assert timetable([0, 99], second, deadline=50).after_update([]) == (False, 0)
    assert first.seen == [[[1, TIME_UP]]]
    assert second.seen == [[[0, 0]]]


def test_what_one_process_brings_all_do():
    assert timetable([0, 0], process(1, [[1, 0]])).after_update([]) == (True, 0)
    assert timetable([0, 0], process(0, [[0, 143]])).after_update([]) == (False, 143)


@pytest.mark.slow
def test_what_is_learnt_does_not_depend_on_when_it_is_saved(tmp_path, monkeypatch):
    saved, plain, learnt = [], resume.save, {}
    monkeypatch.setattr(resume, "save", lambda *given: saved.append(given[3]) or plain(*given))
    for every in (1e9, 4):
        learnt[every] = task(tmp_path / f"model-{every}")
        machine, work = replace(MACHINE, save_every=every), folder(tmp_path / f"work-{every}")
        loop.fit(learnt[every], PLAN, machine, work, clock=itertools.count().__next__)
    assert saved == [16, 4, 8, 12, 16]
    assert same(*(weights(of) for of in learnt.values()))


@pytest.mark.parametrize(
    ("updates", "every"), [(1, 1), (9, 1), (16, 2), (120, 12), (755, 76), (5000, 500), (20_000, 500)]
)
def test_a_training_is_evaluated_ten_times_and_a_long_one_every_500_updates(updates, every):
    assert replace(PLAN, evaluate_every="auto").updates_between_evaluations(updates) == every
    assert PLAN.updates_between_evaluations(updates) == PLAN.evaluate_every


@pytest.mark.slow
def test_a_small_training_is_evaluated_on_its_way(tmp_path):
    work = folder(tmp_path / "work")
    loop.fit(task(tmp_path / "a"), replace(PLAN, evaluate_every="auto"), MACHINE, work)
    lines = [json.loads(line) for line in (work / "steps.jsonl").read_text().split("\n") if line]
    assert [line["update"] for line in lines if "accuracy" in line] == [2, 4, 6, 8, 10, 12, 14, 16]
