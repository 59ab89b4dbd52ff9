"""Queues that end jobs: when a training is to leave, and how the same job is started again."""

import logging
import time

import pytest

from yiju import queueing


@pytest.mark.parametrize(("ends_in", "kept"), [(60, 20), (2000, 100), (24 * 3600, 300)])
def test_a_share_of_the_time_is_kept_for_saving_within_bounds(monkeypatch, ends_in: int, kept: int):
    monkeypatch.setenv("SLURM_JOB_END_TIME", str(int(time.time()) + ends_in))
    assert queueing.seconds_left() == pytest.approx(ends_in - kept, abs=2)


def test_without_a_queue_nothing_ends_and_nothing_is_started_again(monkeypatch):
    for name in ("SLURM_JOB_END_TIME", "SLURM_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    assert queueing.seconds_left() is None
    assert queueing.requeue() is False


@pytest.mark.parametrize("status", [0, 1])
def test_slurm_is_asked_and_its_refusal_is_said(monkeypatch, tmp_path, caplog, status: int):
    program = tmp_path / "scontrol"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\necho "not allowed" >&2\nexit {status}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    with caplog.at_level(logging.INFO, "yiju.queueing"):
        assert queueing.requeue() is (status == 0)
    assert (tmp_path / "asked").read_text() == "requeue 17\n"
    assert ("not allowed" in caplog.text) is (status == 1)
