"""The seam to Snakemake: log, readable errors, timings, and progress that outlives a failure but not a success."""

import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from yiju.base.errors import YijuError
from yiju.job.launch import _run
from yiju.job.stage import Job, stage

LOG = Path("results/run/logs/finetune_fold.3.log")
READING = [sys.executable, "-c", "import sys; print(len(sys.stdin.read()))"]
TIMINGS = Path("results/run/timings/finetune_fold.3.json")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("pairs.parquet").write_bytes(b"pairs")


def fake(**changes):
    """What Snakemake hands to a script, as far as a stage looks at it."""
    settings, code = changes.pop("settings", {"seed": 1, "epochs": 2}), changes.pop("code", "0123")
    given = {
        "rule": "finetune_fold",
        "input": ["pairs.parquet"],
        "output": ["model.safetensors"],
        "params": SimpleNamespace(settings=settings, code=code),
        "wildcards": {"fold": "3"},
        "threads": 2,
        "resources": {"gpu": 4, "device": "cpu"},
        "log": [str(LOG)],
    }
    return SimpleNamespace(**(given | changes))


def written():
    return LOG.read_text(encoding="utf-8")


def test_what_is_logged_is_written_to_the_rules_log():
    with stage(fake()):
        logging.getLogger("yiju.training").info("%d pairs", 7)

    assert "7 pairs" in written()
    assert "finetune_fold: done in" in written()


def test_a_stage_that_has_ended_writes_to_its_log_no_more():
    with stage(fake()):
        pass
    logging.getLogger("yiju").warning("afterwards")

    assert "afterwards" not in written()


def test_an_error_for_people_is_one_line_and_exit_status_1():
    with pytest.raises(SystemExit) as left, stage(fake()):
        raise YijuError("train.tsv line 17: expected 3 TAB-separated fields, got 1")

    assert left.value.code == 1
    assert written().split(" ", 1)[1] == "error: train.tsv line 17: expected 3 TAB-separated fields, got 1\n"


def test_a_system_error_names_its_file_without_a_trace():
    with pytest.raises(SystemExit) as left, stage(fake()):
        Path("missing.tsv").read_bytes()

    assert left.value.code == 1
    assert "No such file or directory: 'missing.tsv'" in written()
    assert "Traceback" not in written()


def test_any_other_error_is_called_a_defect_and_leaves_its_trace():
    with pytest.raises(SystemExit) as left, stage(fake()):
        _ = {}["label"]

    assert left.value.code == 1
    assert "this is a defect in yiju" in written()
    assert "Traceback" in written()
    assert "KeyError: 'label'" in written()


def test_an_exit_status_is_passed_on():
    with pytest.raises(SystemExit) as left, stage(fake()):
        raise SystemExit(143)

    assert left.value.code == 143


@pytest.fixture
def answered():
    """A standard input on which somebody says yes to whatever is asked."""
    kept, (out, into) = os.dup(0), os.pipe()
    os.write(into, b"y\n" * 9)
    os.dup2(out, 0)
    yield
    os.dup2(kept, 0)
    for opened in (kept, out, into):
        os.close(opened)


@pytest.mark.usefixtures("answered")
def test_nothing_that_a_job_asks_is_answered():
    with stage(fake()):
        assert os.read(0, 9) == b""
        assert (
            subprocess.run([sys.executable, "-c", "import sys; print(len(sys.stdin.read()))"], stdout=-1).stdout
            == b"0\n"
        )


@pytest.mark.usefixtures("answered")
def test_nothing_that_a_process_of_the_launcher_asks_is_answered(capfd):
    _run(READING)
    assert capfd.readouterr().out == "0\n"


def test_a_finished_stage_leaves_time_memory_and_devices(monkeypatch):
    monkeypatch.setattr("yiju.job.process.age", lambda: 7.0)
    monkeypatch.setattr("yiju.job.process.cpu_seconds", lambda: 3.0)
    with stage(fake()) as job:
        job.launch(_nothing)

    facts = json.loads(TIMINGS.read_text(encoding="utf-8"))
    measured = {"seconds", "cpu_seconds", "cpu_percent", "peak_memory_mb"}
    assert facts.keys() == {"rule", "wildcards", "threads", "devices", "cores"} | measured
    assert (facts["rule"], facts["wildcards"], facts["threads"]) == ("finetune_fold", {"fold": "3"}, 2)
    assert facts["devices"] == ["cpu"]
    # What was imported before the stage began counts.
    assert facts["seconds"] >= 7
    assert facts["cpu_seconds"] == 3
    assert 1 < facts["peak_memory_mb"] < 100_000


def test_a_failed_stage_leaves_no_timings():
    with pytest.raises(SystemExit), stage(fake()):
        raise YijuError("bad")

    assert not TIMINGS.exists()


def test_progress_is_removed_when_the_stage_succeeds():
    with stage(fake()) as job:
        (job.work / "save-1").mkdir()
        work = job.work

    assert not work.exists()


def test_progress_is_kept_when_the_stage_fails_and_found_by_the_same_job():
    with pytest.raises(SystemExit), stage(fake()) as job:
        (job.work / "save-1").mkdir()
        raise YijuError("killed")

    again = Job(fake())
    assert again.work == job.work
    assert (again.work / "save-1").is_dir()
    assert again.work.parent == Path("results/.work/finetune_fold")


@pytest.mark.parametrize(
    "change",
    [{"settings": {"seed": 1, "epochs": 3}}, {"code": "4567"}, {"wildcards": {"fold": "0"}}, {"rule": "posttrain"}],
    ids=["settings", "code", "wildcards", "rule"],
)
def test_a_changed_job_does_not_find_the_progress_of_another(change):
    assert Job(fake(**change)).work != Job(fake()).work


def test_a_job_with_changed_inputs_does_not_find_the_progress_of_the_old_ones():
    before = Job(fake()).work
    Path("pairs.parquet").write_bytes(b"other pairs")

    assert Job(fake()).work != before


@pytest.mark.parametrize(
    "change", [{"threads": 8}, {"resources": {"gpu": 0, "device": "cpu"}}], ids=["threads", "gpus"]
)
def test_a_job_on_another_machine_finds_its_progress(change):
    first, second = Job(fake(**change)), Job(fake())
    work = first.work
    first.release()
    assert work == second.work


def test_two_processes_never_share_a_progress_folder():
    orphan = Job(fake())
    work = orphan.work
    with pytest.raises(YijuError, match=rf"process {os.getpid()} is still at this job.*wait for it or end it"):
        _ = Job(fake()).work
    orphan.release()
    assert Job(fake()).work == work


def test_a_launched_function_is_told_where_it_runs_in_plain_values():
    seen = {}
    with stage(fake(resources={"gpu": 4, "device": "cpu", "batch_tokens": 512})) as job:
        job.launch(
            lambda **arguments: seen.update(arguments), work=job.work, weights=("a", Path("b")), settings={"n": 1}
        )

    assert seen == {
        "work": str(job.work),
        "weights": ["a", "b"],
        "settings": {"n": 1},
        "device": "cpu",
        "threads": 2,
        "batch_tokens": 512,
    }


def test_a_training_is_told_its_progress_folder_and_its_machine():
    seen = {}
    resources = {"gpu": 4, "device": "cpu", "batch_tokens": 512, "max_minutes": 3, "trackers": "tensorboard,wandb"}
    resources["save_every"] = "0.5"
    with stage(fake(resources=resources)) as job:
        job.train(lambda **arguments: seen.update(arguments), settings={"n": 1})
        assert seen["machine"].pop("deadline") == job.started + 180
        assert seen["machine"].pop("save_every") == 30
        assert seen["work"] == str(job.work)

    assert seen["settings"] == {"n": 1}
    assert seen["machine"] == {
        "device": "cpu",
        "threads": 2,
        "batch_tokens": 512,
        "trackers": ["tensorboard", "wandb"],
        "curves": "results/run/curves/finetune_fold.3",
    }


def test_a_training_without_limit_or_trackers_is_told_so():
    seen = {}
    with stage(fake()) as job:
        job.train(lambda **arguments: seen.update(arguments))

    assert (seen["machine"]["deadline"], seen["machine"]["trackers"]) == (None, [])


def test_the_queue_that_ends_first_sets_the_deadline(monkeypatch):
    monkeypatch.setattr("yiju.job.slurm.seconds_left", lambda: 60.0)
    seen = {}
    before = time.monotonic()
    with stage(fake(resources={"max_minutes": 3000})) as job:
        job.train(lambda **arguments: seen.update(arguments))
    assert before + 60 <= seen["machine"]["deadline"] <= time.monotonic() + 60


@pytest.mark.parametrize(("left", "asked"), [(-1.0, 1), (60.0, 0)])
def test_a_training_that_leaves_in_time_is_started_again_and_one_that_fails_is_not(monkeypatch, left, asked):
    calls = []
    monkeypatch.setattr("yiju.job.slurm.seconds_left", lambda: left)
    monkeypatch.setattr("yiju.job.slurm.requeue", lambda: calls.append(1))
    with pytest.raises(SystemExit), stage(fake()) as job:
        job.train(_leaves)
    assert len(calls) == asked


def test_progress_lies_where_the_profile_says_and_gpus_are_counted_by_machine(monkeypatch, tmp_path):
    reserved = []
    monkeypatch.setattr("yiju.job.devices.visible_gpus", list)
    monkeypatch.setattr("yiju.job.devices.log.info", lambda _, count, *__: reserved.append(count))
    with stage(fake(resources={"gpu": 8, "nodes": 2, "progress": str(tmp_path / "shared")})) as job:
        with job._claimed() as gpus:
            assert gpus == []
        assert job.work.is_relative_to(tmp_path / "shared" / "finetune_fold")
    assert reserved == [4]


def test_the_time_of_interrupted_attempts_and_the_use_of_gpus_are_in_the_timings(monkeypatch):
    monkeypatch.setattr("yiju.job.process.age", lambda: 0.0)
    with pytest.raises(SystemExit), stage(fake()) as job:
        (job.work / "usage.json").write_text('{"gpu_percent": [98]}', encoding="utf-8")
        job.started -= 1000
        raise YijuError("killed")
    with stage(fake()) as job:
        _ = job.work

    facts = json.loads(TIMINGS.read_text(encoding="utf-8"))
    # Of the attempts before once.
    assert 1000 <= facts["seconds"] < 2000
    assert facts["gpu_percent"] == [98]


def _nothing(**_):
    pass


def _leaves(**_):
    raise SystemExit(75)
