"""The record of a run: a configuration that can be used again, versions, a commit where there is one."""

import json
import os
import re
import subprocess
from pathlib import Path

import yaml

from yiju.config.load import load
from yiju.report import run_record
from yiju.report.run_record import git_commit, machine, record_run

CONFIG = Path(__file__).parents[3] / "config.yaml"


def test_the_recorded_configuration_is_a_valid_one(tmp_path):
    settings = load(yaml.safe_load(CONFIG.read_text(encoding="utf-8")), [CONFIG])
    known = {"corpora/LCQMC/训练.tsv": {"bytes": 10, "sha256": "0" * 64}, "test_sets/B/items.txt": {"bytes": 7}}
    records = [tmp_path / f"{number}.files.json" for number in range(len(known))]
    for record, (name, contents) in zip(records, known.items(), strict=True):
        record.write_text(json.dumps({name: contents}), encoding="utf-8")
    out = [tmp_path / name for name in ("config.yaml", "versions.json", "checksums.json")]
    record_run(settings.model_dump(), map(str, records), *out)
    again = load(yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8")), [])
    assert again == settings
    versions = json.loads((tmp_path / "versions.json").read_text(encoding="utf-8"))
    assert versions["libraries"]["polars"]
    assert set(versions) == {"recorded", "yiju", "commit", "python", "libraries", "platform"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ", versions["recorded"])
    checksums = json.loads((tmp_path / "checksums.json").read_text(encoding="utf-8"))
    assert checksums == known


def test_the_machine_is_told_as_far_as_it_tells_itself(tmp_path, monkeypatch):
    known = machine()
    assert known["cores"] >= 1 and known["system"]
    told = tmp_path / "meminfo"
    told.write_text("MemFree: 1 kB\nMemTotal:       16000000 kB\n")
    assert run_record._gigabytes(run_record._told(str(told), "MemTotal")) == 16.4
    assert run_record._told(str(told), "model name") is None
    assert run_record._told(str(tmp_path / "nowhere"), "MemTotal") is None
    monkeypatch.setattr(run_record, "gpu_names", lambda: ["NVIDIA H100"])
    assert machine()["gpus"] == ["NVIDIA H100"]


def test_a_folder_without_git_has_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_commit(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert git_commit(tmp_path) is None


def test_what_git_says_in_no_known_encoding_fails_no_run(tmp_path, monkeypatch):
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\nprintf '\\351t\\351'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert run_record._git(tmp_path, "status") == "\ufffdt\ufffd"


def test_local_changes_are_said(tmp_path):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    (tmp_path / "file").write_text("1")
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "one"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    clean = git_commit(tmp_path)
    (tmp_path / "file").write_text("2")
    assert len(clean) == 40
    assert git_commit(tmp_path) == f"{clean} with local changes"
