"""Queues that end jobs: when a training is to leave, and how the same job is started again."""

import logging

import pytest

from yiju.job import slurm


@pytest.fixture
def scheduler(monkeypatch, tmp_path):
    """A stand-in that says what it is told to say, and notes what it was asked."""

    def saying(text: str):
        for name in ("squeue", "scontrol"):
            program = tmp_path / name
            program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\nprintf "{text}"\n')
            program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        monkeypatch.setenv("SLURM_JOB_ID", "17")
        return tmp_path / "asked"

    return saying


@pytest.mark.parametrize(
    ("left", "seconds"),
    [("1:00", 40), ("33:20", 1900), ("01:00:00", 3420), ("1-00:00:00", 86100), ("UNLIMITED", None), ("INVALID", None)],
)
def test_a_share_of_the_time_is_kept_for_saving_within_bounds(scheduler, left: str, seconds: int | None):
    scheduler(left)
    assert slurm.seconds_left() == seconds


def test_without_a_queue_nothing_ends_and_nothing_is_started_again(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert slurm.seconds_left() is None
    assert slurm.requeue() is False


@pytest.mark.parametrize("refusal", ["", "requeue is not allowed"])
def test_slurm_is_asked_and_its_refusal_is_said(scheduler, caplog, refusal: str):
    asked = scheduler(refusal)
    with caplog.at_level(logging.INFO, "yiju.job.slurm"):
        assert slurm.requeue() is (not refusal)
    assert asked.read_text() == "requeue 17\n"
    assert refusal in caplog.text


def test_what_slurm_says_in_no_known_encoding_is_read():
    assert slurm._ask("printf", "\\351t\\351") == "\ufffdt\ufffd"
