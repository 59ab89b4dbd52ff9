"""The record of a run: a configuration that can be used again, versions, a commit where there is one."""

import json
import subprocess
from pathlib import Path

import yaml

from yiju.report.record import git_commit, record_run
from yiju.settings import load

CONFIG = Path(__file__).parents[3] / "config.yaml"


def test_the_recorded_configuration_is_a_valid_one(tmp_path):
    settings = load(yaml.safe_load(CONFIG.read_text(encoding="utf-8")), [CONFIG])
    record_run(settings.model_dump(), tmp_path / "config.yaml", tmp_path / "versions.json")
    again = load(yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8")), [])
    assert again == settings
    versions = json.loads((tmp_path / "versions.json").read_text(encoding="utf-8"))
    assert versions["libraries"]["polars"]
    assert set(versions) == {"yiju", "commit", "python", "libraries", "platform"}


def test_a_folder_without_git_has_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_commit(tmp_path) is None
    monkeypatch.setenv("PATH", "")
    assert git_commit(tmp_path) is None


def test_local_changes_are_said(tmp_path):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    (tmp_path / "file").write_text("1")
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "one"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    clean = git_commit(tmp_path)
    (tmp_path / "file").write_text("2")
    assert len(clean) == 40
    assert git_commit(tmp_path) == f"{clean} with local changes"
