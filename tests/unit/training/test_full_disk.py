"""A disk that fills up while a training saves: one message, the save before whole, the same command goes on."""

import errno
import json
import os
import subprocess
from dataclasses import replace

import pytest
from toy_trainings import MACHINE, PLAN, fit, folder, same, task, weights

from yiju.base.errors import YijuError
from yiju.training import resume
from yiju.training import step_log as training_record
from yiju.training.step import Figures, Learner
from yiju.training.step_log import Record


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, of 3 MB."""
    place = folder(tmp_path / "disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", place], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


def filled_before(update, disk, monkeypatch):
    """Have something else take all the room before an update (from 0) is done."""
    undisturbed = Learner.update

    def filling(self, now, *args):
        if now == update:
            with (disk / "other").open("wb", buffering=0) as other, pytest.raises(OSError, match="No space"):
                while True:
                    other.write(bytes(4096))
        return undisturbed(self, now, *args)

    monkeypatch.setattr(Learner, "update", filling)


# Update 8 is saved after the best weights of update 5; update 4 ends in an evaluation.
@pytest.mark.parametrize(
    ("update", "before"), [(4, "save-00000003"), pytest.param(7, "save-00000006", marks=pytest.mark.slow)]
)
def test_a_full_disk_ends_in_a_message_and_the_same_command_goes_on(tmp_path, small_disk, monkeypatch, update, before):
    whole = task(tmp_path / "a")
    best = fit(whole, PLAN, MACHINE, folder(tmp_path / "whole"))
    work = folder(small_disk / "work")
    with monkeypatch.context() as patch:
        filled_before(update, small_disk, patch)
        with pytest.raises(YijuError, match=r"work: no room for a save .* it needs [\d.]+ MB, 0\.0 MB are free"):
            fit(task(tmp_path / "b"), PLAN, MACHINE, work)
    saves = sorted(path.name for path in work.iterdir() if path.name.startswith((".", "save-")))
    assert saves[-1] == before and not [name for name in saves if name.startswith(".")]
    (small_disk / "other").unlink()
    resumed = task(tmp_path / "c")
    assert fit(resumed, PLAN, MACHINE, work) == best
    assert same(weights(whole), weights(resumed))


@pytest.mark.slow
def test_the_work_folder_is_never_larger_than_was_said(tmp_path):
    """Also where every evaluation is the best so far, and many come between two saves."""
    learner, work, sizes = task(tmp_path / "a"), folder(tmp_path / "work"), []

    def evaluate():
        sizes.append(sum(file.stat().st_size for file in work.glob("**/*.safetensors")))
        return {"accuracy": float(len(sizes))}

    learner.evaluate = evaluate
    plan = replace(PLAN, epochs=4, evaluate_every=1, ema_decay=0.9, fgm_epsilon=None)
    best = fit(learner, plan, replace(MACHINE, save_every=9), work)
    assert max(sizes) <= resume.needed_bytes(learner.model)
    assert best.update == len(sizes) == 32


def test_a_quota_is_told_of_like_a_full_disk_and_other_errors_as_they_are(tmp_path, monkeypatch):
    def refuse(number):
        def save_file(*_):
            raise OSError(number, os.strerror(number))

        return save_file

    learner, work = task(tmp_path / "a").model, folder(tmp_path / "work")
    monkeypatch.setattr(resume, "save_file", refuse(errno.EDQUOT))
    with pytest.raises(YijuError, match="quota"):
        resume.save_best(work, learner, resume.Best(1, 0.5))
    monkeypatch.setattr(resume, "save_file", refuse(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        resume.save_best(work, learner, resume.Best(1, 0.5))


def test_figures_that_find_no_room_end_in_a_message_too(small_disk, monkeypatch):
    """A single page of steps.jsonl is written before the disk is full; the next one finds none."""
    record = Record(small_disk / "steps.jsonl", "training", "pairs", done=0, total=9, rows=1, quiet=False)
    monkeypatch.setattr(training_record, "PAUSE", -1.0)
    with (small_disk / "other").open("wb", buffering=0) as other, pytest.raises(OSError, match="No space"):
        while True:
            other.write(bytes(4096))
    with pytest.raises(YijuError, match=r"steps.jsonl: no room for the figures of 1 updates .* run the same command"):
        for number in range(9):
            record.update(number, 1e-3, Figures(0.5, 0.9))
    (small_disk / "other").unlink()
    record.close()
    assert json.loads((small_disk / "steps.jsonl").read_text().split("\n")[0])["update"] == 0
