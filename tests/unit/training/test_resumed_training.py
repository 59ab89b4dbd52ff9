"""A training that was killed or stopped ends as an undisturbed one, whatever its saves have suffered."""

import os
import signal

import pytest
from toy_trainings import (
    MACHINE,
    MASKED,
    PLAN,
    TECHNIQUES,
    UPDATES,
    Killed,
    fit,
    fit_until,
    folder,
    same,
    task,
    weights,
)

from yiju.training.step import Learner


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
