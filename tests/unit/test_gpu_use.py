"""Looks at a GPU that a test makes up."""

import logging

import patience
import pynvml
import pytest
import torch

from yiju import gpu_use
from yiju.gpu_use import watched


@pytest.fixture
def gpu(monkeypatch):
    """A GPU that is busy for 20 and then 60 per cent, and so on in turns."""
    looks = []

    def look():
        looks.append([20, 60][len(looks) % 2])
        return looks[-1]

    monkeypatch.looks = looks
    monkeypatch.setattr(gpu_use, "EVERY", 0.005)
    monkeypatch.setattr(torch.cuda, "utilization", look)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 7_600_000)
    return monkeypatch


def test_a_gpu_is_looked_at_as_long_as_the_job_runs(gpu):
    with watched(["0"]) as used:
        patience.wait_for(lambda: len(gpu.looks) >= 4)
        assert used == {}
    assert used["gpu_memory_mb"] == [8]
    assert used["gpu_percent"] == [round(sum(gpu.looks) / len(gpu.looks))]
    assert 30 <= used["gpu_percent"][0] <= 50


@pytest.mark.usefixtures("gpu")
def test_a_job_that_fails_has_been_looked_at_too():
    with pytest.raises(ValueError), watched(["0"]) as used:
        raise ValueError
    assert used["gpu_memory_mb"] == [8]


@pytest.mark.parametrize("gpus", [[], ["0", "1"]])
def test_nothing_is_told_without_a_gpu_or_of_other_processes(gpu, gpus):
    with watched(gpus) as used:
        pass
    assert used == {} and not gpu.looks


def test_a_gpu_that_does_not_tell_is_no_failure(gpu, caplog):
    def refuses():
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)

    gpu.setattr(torch.cuda, "utilization", refuses)
    with caplog.at_level(logging.INFO, logger="yiju"), watched(["0"]) as used:
        patience.wait_for(lambda: "does not tell its utilisation" in caplog.text)
    assert used == {"gpu_memory_mb": [8]}
