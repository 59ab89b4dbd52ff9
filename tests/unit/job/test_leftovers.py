"""Progress that interrupted jobs left behind: seen, told apart by what differs, removed unless a job runs."""

import os
from types import SimpleNamespace

import pytest

from yiju.base.files import atomic
from yiju.job.leftovers import describe, leftovers, main, remove
from yiju.job.stage import WORK, Job

NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def job(rate, log="results/mine/logs/finetune_fold.0.log"):
    """A job that began, and holds its progress folder."""
    params = SimpleNamespace(settings={"learning_rate": rate, "epochs": 2}, code="01")
    given = {"rule": "finetune_fold", "input": [], "output": [], "params": params, "wildcards": {"member": "0"}}
    one = Job(SimpleNamespace(**given, threads=1, resources={}, log=[log]))
    (one.work / "save-1").write_bytes(b"x" * 500_000)
    return one


def aged(one, hours):
    then = NOW - 3600 * hours
    for path in (*one.work.iterdir(), one.work):
        os.utime(path, (then, then))
    return one


def test_each_is_named_with_its_size_and_age_and_what_differs_from_the_newest():
    aged(job(1e-3), 30).release()
    aged(job(5e-4), 2).release()

    lines = list(describe(leftovers(WORK), NOW))
    assert lines == [
        "      0.5 MB  finetune_fold.0 (results/mine), left 30.0 h ago, with learning_rate=0.001",
        "      0.5 MB  finetune_fold.0 (results/mine), left 2.0 h ago",
    ]


def test_all_goes_but_the_progress_of_a_running_job():
    job(1e-3).release()
    running = job(5e-4)

    found = leftovers(WORK)
    assert sorted(one.running for one in found) == [False, True]
    remove(found)
    assert [one.folder for one in leftovers(WORK)] == [running.work]
    assert [path.name for path in running.work.parent.iterdir() if path.suffix == ".lock"] == [
        f"{running.work.name}.lock"
    ]
    running.release()


def test_a_folder_that_a_kill_left_without_its_card_is_named_by_its_rule():
    one = job(1e-3)
    one.release()
    (one.work / "job.json").unlink()
    (line,) = describe(leftovers(WORK), one.work.stat().st_mtime)
    assert "finetune_fold, left 0.0 h ago" in line


def test_that_there_are_none_is_said(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["leftovers"])
    main()
    assert capsys.readouterr().out == "no progress of interrupted jobs\n"


def test_files_that_killed_jobs_were_writing_are_removed_and_those_being_written_are_not(capsys, monkeypatch):
    temporary, kept = WORK.parent / "run/.pairs.parquet.ab12cd_9.parquet", WORK.parent / "run/.hidden"
    temporary.parent.mkdir(parents=True)
    temporary.write_bytes(b"0" * 200_000)
    kept.touch()
    monkeypatch.setattr("sys.argv", ["leftovers", "--remove"])
    with atomic(WORK.parent / "run/now.json") as temporary:
        main()
        assert temporary.exists()
        assert "      0.2 MB  files that killed jobs were writing: 1\n" in capsys.readouterr().out
    assert sorted(path.name for path in temporary.parent.iterdir()) == [".hidden", "now.json"]


def test_they_are_listed_and_then_removed(capsys, monkeypatch):
    job(1e-3).release()
    monkeypatch.setattr("sys.argv", ["leftovers", "--remove"])
    main()
    assert "finetune_fold.0 (results/mine)" in capsys.readouterr().out
    assert not leftovers(WORK)
