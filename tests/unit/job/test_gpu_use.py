"""Looks at a GPU that a test makes up."""

import json
import logging
from types import SimpleNamespace

import patience
import pynvml
import pytest
import torch

from yiju.job import gpu_usage
from yiju.job.gpu_usage import watched
from yiju.job.stage import USAGE
from yiju.training.usage import Usage

tensor = torch.tensor


@pytest.fixture
def gpu(monkeypatch):
    """A GPU that is busy for 20 and then 60 per cent, and so on in turns."""
    looks = []

    def look():
        looks.append([20, 60][len(looks) % 2])
        return looks[-1]

    monkeypatch.looks = looks
    monkeypatch.setattr(gpu_usage, "EVERY", 0.005)
    monkeypatch.setattr(torch.cuda, "utilization", lambda _device: look())
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


@pytest.mark.parametrize(
    "error",
    [
        # A part of a GPU (MIG); a driver without NVML; no nvidia-ml-py; an id of CUDA_VISIBLE_DEVICES unknown to torch.
        pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED),
        RuntimeError("cuda driver can't be loaded, is cuda enabled?"),
        ModuleNotFoundError("nvidia-ml-py does not seem to be installed"),
        ValueError("invalid literal for int() with base 10: 'MIG-1'"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_gpu_that_does_not_tell_is_no_failure(gpu, caplog, tmp_path, error):
    def refuses(_device):
        raise error

    gpu.setattr(torch.cuda, "utilization", refuses)
    with caplog.at_level(logging.INFO, logger="yiju"), watched(["0"]) as used:
        patience.wait_for(lambda: "the utilisation of the GPU is not known" in caplog.text)
    assert used == {"gpu_memory_mb": [8]}
    assert looked_at_in_training(gpu, tmp_path) == {"gpu_memory_mb": [8]}


@pytest.mark.usefixtures("gpu")
def test_a_training_tells_of_its_gpu(gpu, tmp_path):
    assert looked_at_in_training(gpu, tmp_path) == {"gpu_memory_mb": [8], "gpu_percent": [40]}


def looked_at_in_training(gpu, folder):
    """What a training of 40 updates on a made-up GPU writes."""
    gpu.setattr(torch.cuda, "max_memory_allocated", lambda device=None: 7_600_000)
    gpu.setattr(torch, "tensor", lambda values, device: tensor(values))
    accelerator = SimpleNamespace(device=SimpleNamespace(type="cuda"), is_main_process=True, gather=lambda mine: mine)
    usage = Usage(accelerator)
    for update in range(40):
        usage.update(update)
    usage.write(folder)
    return json.loads((folder / USAGE).read_text(encoding="utf-8"))
