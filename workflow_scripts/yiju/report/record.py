"""The record of a run: its whole configuration, and the versions of all that computed it."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import yaml

from yiju import __version__
from yiju.provenance import library_versions, write_json, write_text


def record_run(settings: dict, config: str, versions: str) -> None:
    """Write the validated settings as YAML that `--configfile` takes again, and the versions as JSON."""
    write_text(config, yaml.safe_dump(settings, allow_unicode=True, sort_keys=False))
    libraries = library_versions()
    facts = {
        "yiju": __version__,
        "commit": git_commit(Path(__file__).parent),
        "python": libraries.pop("python"),
        "libraries": libraries,
        "platform": {"system": platform.system(), "machine": platform.machine(), "cores": os.cpu_count()},
    }
    write_json(versions, facts)


def git_commit(folder: Path) -> str | None:
    """The commit that is checked out at `folder`, with a mark if tracked files differ from it; None where none is."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None
    return commit + (" with local changes" if _git(folder, "status", "--porcelain", "--untracked-files=no") else "")


def _git(folder: Path, *arguments: str) -> str:
    """What git says, or nothing: a run does not fail because git is missing, or is no checkout."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
