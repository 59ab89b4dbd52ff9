"""The record of a run: its whole configuration, what computed it, and the files that it was computed from."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import yaml

from yiju import __version__
from yiju.base.files import write_json, write_text
from yiju.job.code_version import library_versions
from yiju.job.devices import gpu_names


def record_run(settings: dict, files: Iterable[str], config: str, versions: str, checksums: str) -> None:
    """Write the validated settings as YAML that `--configfile` takes again, versions and checksums as JSON.

    files: what the readers of corpora and test sets recorded of their raw files, by owner and name. The versions hold
    the time too, as UTC.
    """
    write_text(config, yaml.safe_dump(settings, allow_unicode=True, sort_keys=False))
    libraries = library_versions()
    facts = {
        "recorded": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "yiju": __version__,
        "commit": git_commit(Path(__file__).parent),
        "python": libraries.pop("python"),
        "libraries": libraries,
        "platform": machine(),
    }
    write_json(versions, facts)
    records = [json.loads(Path(path).read_text(encoding="utf-8")) for path in files]
    write_json(checksums, {name: contents for record in records for name, contents in record.items()})


def machine() -> dict:
    """The machine at hand: system, processor, cores, memory in GB (both None where the system does not say), GPUs."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "processor": _told("/proc/cpuinfo", "model name"),
        "memory_gb": _gigabytes(_told("/proc/meminfo", "MemTotal")),
        "gpus": gpu_names(),
    }


def git_commit(folder: Path) -> str | None:
    """The commit that is checked out at `folder`, with a mark if tracked files differ from it; None where none is."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None
    return commit + (" with local changes" if _git(folder, "status", "--porcelain", "--untracked-files=no") else "")


def _told(file: str, key: str) -> str | None:
    """The first value of a key in a file of lines `key : value`; None without the file or the key."""
    path = Path(file)
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    values = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in values if name.strip() == key), None)


def _gigabytes(kibibytes: str | None) -> float | None:
    return round(int(kibibytes.split()[0]) * 1024 / 1e9, 1) if kibibytes else None


def _git(folder: Path, *arguments: str) -> str:
    """What git says, or nothing: a run does not fail because git is missing, or is no checkout."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
