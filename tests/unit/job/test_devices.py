"""GPU ids are held by one process at a time and come free however it ends. No GPU is needed: the ids are made up."""

import multiprocessing
import os
import signal
import time

import patience
import pynvml
import pytest

from yiju.base.errors import YijuError
from yiju.job import devices
from yiju.job.devices import claim, gpu_names, locks, share_of_cores, usable_gpus

FORK = multiprocessing.get_context("fork")
IDS = ["0", "1", "2", "3"]


@pytest.fixture(autouse=True)
def four_gpus(monkeypatch):
    """Four made-up GPUs, outside SLURM, and claimers that look again at once."""
    monkeypatch.setattr(devices, "visible_gpus", lambda: list(IDS))
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    sleep = time.sleep
    monkeypatch.setattr(devices.time, "sleep", lambda _: sleep(0.005))


def no_gpus(monkeypatch):
    monkeypatch.setattr(devices, "visible_gpus", list)


def test_a_claim_gets_as_many_ids_as_it_reserved(tmp_path):
    with claim(2, "auto", tmp_path) as ids:
        assert ids == ["0", "1"]


def test_a_claim_gets_all_there_are_where_fewer_are_there_than_reserved(tmp_path):
    with claim(8, "cuda", tmp_path) as ids:
        assert ids == IDS


def test_a_second_claim_gets_other_ids(tmp_path):
    with claim(2, "auto", tmp_path) as first, claim(2, "auto", tmp_path) as second:
        assert first + second == IDS


def test_a_claim_gives_its_ids_back(tmp_path):
    with claim(4, "auto", tmp_path):
        pass
    with claim(4, "auto", tmp_path) as ids:
        assert ids == IDS


def test_a_claim_that_fails_gives_its_ids_back(tmp_path):
    with pytest.raises(RuntimeError), claim(4, "auto", tmp_path):
        raise RuntimeError
    with claim(4, "auto", tmp_path) as ids:
        assert ids == IDS


def test_a_job_that_reserves_nothing_still_gets_one_gpu(tmp_path):
    with claim(0, "auto", tmp_path) as ids:
        assert ids == ["0"]


def test_no_ids_are_claimed_for_the_cpu(tmp_path):
    with claim(4, "cpu", tmp_path) as ids:
        assert ids == []
    assert not list(tmp_path.iterdir())


def test_cuda_where_there_is_none_is_refused_with_the_remedy(tmp_path, monkeypatch):
    no_gpus(monkeypatch)

    with pytest.raises(YijuError, match=r"device is 'cuda'.*shows no GPU.*set device: auto or cpu"):
        claim(1, "cuda", tmp_path).__enter__()


def test_without_gpus_auto_means_the_cpu_and_says_so_once(tmp_path, monkeypatch, caplog):
    no_gpus(monkeypatch)
    monkeypatch.setattr(devices.log, "propagate", True)
    monkeypatch.setattr(devices.log.parent, "propagate", True)

    with caplog.at_level("INFO", "yiju"), claim(4, "auto", tmp_path) as ids:
        assert ids == []
    # Loggers that other tests have set up may hand caplog a record twice.
    said = {id(record): record.getMessage() for record in caplog.records}
    assert list(said.values()) == ["4 GPUs reserved, none here: computing on the CPU"]


def test_under_slurm_the_ids_are_slurms_own_and_not_locked(tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "7")

    with claim(4, "auto", tmp_path) as first, claim(4, "auto", tmp_path) as second:
        assert first == second == IDS
    assert not list(tmp_path.iterdir())


def test_jobs_of_all_clones_on_a_machine_lock_in_one_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = locks()
    monkeypatch.chdir("/")
    assert locks() == first
    assert first.is_absolute()


@pytest.mark.parametrize("how", ["link", "owner"])
def test_a_folder_of_another_account_is_not_used(tmp_path, monkeypatch, how):
    folder = tmp_path / "locks"
    (tmp_path / "elsewhere").mkdir()
    if how == "link":
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder.mkdir()
        monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    with (
        pytest.raises(YijuError, match=r"another account made this folder.*remove it, or set TMPDIR"),
        claim(1, "auto", folder),
    ):
        pass
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_processes_that_want_the_same_gpus_never_share_one(tmp_path):
    held = tmp_path / "held"
    held.mkdir()
    claimers = [FORK.Process(target=_hold_in_turn, args=(wanted, tmp_path / "locks", held)) for wanted in (1, 2, 3, 4)]
    for claimer in claimers:
        claimer.start()
    for claimer in claimers:
        claimer.join(patience.SECONDS)

    assert [claimer.exitcode for claimer in claimers] == [0, 0, 0, 0]


def test_the_ids_of_a_killed_process_come_free(tmp_path):
    listening, telling = FORK.Pipe(duplex=False)
    holder = FORK.Process(target=_hold_for_ever, args=(tmp_path, telling))
    holder.start()
    assert listening.poll(patience.SECONDS)
    assert listening.recv() == IDS
    os.kill(holder.pid, signal.SIGKILL)
    holder.join(patience.SECONDS)

    with claim(4, "auto", tmp_path) as ids:
        assert ids == IDS


def _hold_in_turn(wanted, locks, held):
    """Claim again and again; a marker that is there already is another's GPU, and ends the process with an error."""
    for _ in range(10):
        with claim(wanted, "auto", locks) as ids:
            assert len(ids) == wanted
            markers = [held / gpu for gpu in ids]
            for marker in markers:
                marker.touch(exist_ok=False)
            time.sleep(0.001)
            for marker in markers:
                marker.unlink()


def _hold_for_ever(locks, telling):
    with claim(4, "auto", locks) as ids:
        telling.send(ids)
        signal.pause()


def test_gpus_are_named(monkeypatch):
    names = ["NVIDIA H100", "NVIDIA A30"]
    for function, value in {
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda handle: names[handle],
    }.items():
        monkeypatch.setattr(pynvml, function, value)
    assert gpu_names() == names
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert (usable_gpus("auto"), usable_gpus("cpu")) == (2, 0)


def test_without_a_driver_there_are_none(monkeypatch):
    monkeypatch.setattr(pynvml, "nvmlInit", driver_missing)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert gpu_names() == []
    assert usable_gpus("auto") == 0


@pytest.mark.parametrize(("named", "count"), [("", 0), ("-1", 0), ("2", 1), ("0,3", 2), ("MIG-a,MIG-b,MIG-c", 3)])
def test_the_environment_may_name_those_that_jobs_may_use(monkeypatch, named, count):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
    assert usable_gpus("auto") == count


@pytest.mark.parametrize(
    ("jobs", "reserved", "cores", "gpus", "threads"),
    [
        # Without a GPU trainings share the cores, whatever they reserve.
        (2, 4, 2, 0, 1),
        (1, 4, 2, 0, 2),
        (5, 4, 2, 0, 1),
        (5, 4, 32, 0, 6),
        (1, 4, 64, 0, 16),
        # Two trainings of four GPUs have the eight, and a third one does not start.
        (5, 4, 16, 8, 7),
        (5, 4, 64, 4, 63),
        (5, 1, 64, 4, 15),
        # Where there are fewer GPUs than are reserved, a training has them all.
        (2, 4, 8, 1, 7),
        (2, 4, 2, 8, 1),
        (2, 0, 8, 4, 4),
        # A cluster hands out what is asked for.
        (5, 4, None, 0, 16),
        (5, 4, None, 8, 16),
    ],
)
def test_jobs_share_the_cores_as_they_share_the_gpus(jobs, reserved, cores, gpus, threads):
    assert share_of_cores(jobs, reserved, cores, gpus) == threads


@pytest.mark.parametrize(
    ("jobs", "reserved", "limit", "threads"), [(5, 4, 4, 16), (5, 4, 8, 8), (5, 4, 2, 16), (5, 1, 4, 4), (2, 0, 4, 8)]
)
def test_without_gpus_a_job_that_a_limit_leaves_alone_takes_the_cores(jobs, reserved, limit, threads):
    assert share_of_cores(jobs, reserved, 16, 0, limit) == threads


def driver_missing():
    raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)
