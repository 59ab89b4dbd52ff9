"""What interrupted jobs left behind: `python -m yiju.job.leftovers` lists it, `--remove` takes it away."""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yiju.base.files import abandoned, is_locked
from yiju.base.printable import shown
from yiju.job.stage import JOB, WORK


@dataclass(frozen=True)
class Leftover:
    """The progress folder of a job that is not done: bytes, last change (seconds since 1970), and whether it runs."""

    folder: Path
    job: str
    settings: dict
    bytes: int
    changed: float
    running: bool


def leftovers(work: Path) -> list[Leftover]:
    """What lies in the folder of progress, newest last; the same job may have left several, by settings or inputs."""
    folders = (folder for rule in sorted(work.glob("*")) if rule.is_dir() for folder in sorted(rule.iterdir()))
    found = [_leftover(folder) for folder in folders if folder.is_dir()]
    return sorted(found, key=lambda one: (one.changed, one.folder))


def describe(found: list[Leftover], now: float) -> Iterator[str]:
    """A line for each; where a job left several, what differs in its settings from those of its newest one."""
    newest = {one.job: one.settings for one in found}
    for one in found:
        differing = sorted(
            f"{key}={one.settings.get(key)}" for key in one.settings if one.settings[key] != newest[one.job].get(key)
        )
        state = "running" if one.running else f"left {(now - one.changed) / 3600:.1f} h ago"
        yield f"{one.bytes / 1e6:9.1f} MB  {one.job}, {state}" + (f", with {', '.join(differing)}" if differing else "")


def remove(found: list[Leftover]) -> None:
    """Remove the progress of all jobs that are not running."""
    for one in found:
        if not one.running:
            shutil.rmtree(one.folder)
            one.folder.with_suffix(".lock").unlink(missing_ok=True)


def _leftover(folder: Path) -> Leftover:
    facts = _facts(folder / JOB)
    files = [path.stat() for path in folder.rglob("*") if path.is_file()]
    changed = max((file.st_mtime for file in files), default=folder.stat().st_mtime)
    size = sum(file.st_size for file in files)
    return Leftover(folder, facts["job"], facts["settings"], size, changed, _is_running(folder))


def _facts(path: Path) -> dict:
    """What the job says of itself; a kill may have come before that."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        log = Path(facts["log"])
        return {"job": f"{log.stem} ({log.parent.parent})", "settings": facts["settings"]}
    except (OSError, ValueError, KeyError):
        return {"job": path.parent.parent.name, "settings": {}}


def _is_running(folder: Path) -> bool:
    """Whether a process holds the folder's lock, as `stage` has it do."""
    lock = folder.with_suffix(".lock")
    return lock.exists() and is_locked(lock)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--remove", action="store_true", help="remove it, but for that of running jobs")
    parser.add_argument("--folder", type=Path, default=WORK, help="where a profile's resource `progress` has it")
    options = parser.parse_args()
    found = leftovers(options.folder)
    print(shown("\n".join(describe(found, time.time()))) or "no progress of interrupted jobs")
    temporary = abandoned(WORK.parent)
    if temporary:
        size = sum(file.stat().st_size for file in temporary)
        print(f"{size / 1e6:9.1f} MB  files that killed jobs were writing: {len(temporary)}")
    if options.remove:
        remove(found)
        for file in temporary:
            file.unlink()


if __name__ == "__main__":
    main()
