"""Results that runs and users share (SNAKEMAKE_OUTPUT_CACHE); `python -m yiju.job.output_cache` lists or removes them.

Each entry is a folder that is named by everything that makes a result. It holds the job's files, and their checksums,
which are compared whenever a run takes the entry. A run gets copies, which nothing in the shared folder can change
later. Snakemake's own cache (`--cache`) is not used: it lets every account write to its files, and never compares them.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.base.files import atomic, sha256, umask
from yiju.base.printable import shown

log = logging.getLogger("yiju")
VARIABLE = "SNAKEMAKE_OUTPUT_CACHE"
CHECKSUMS = "checksums.json"
# An entry's name is a SHA-256; while it is being written a dot stands before it and a suffix behind.
ENTRY = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{64}\..+")
# Nobody but the author may change an entry, whatever the umask allows.
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def named() -> Path | None:
    """The folder that the environment names, or None. Raises YijuError where there is no such folder."""
    if not os.environ.get(VARIABLE):
        return None
    folder = Path(os.environ[VARIABLE])
    if not folder.is_dir():
        raise YijuError(f"{VARIABLE}: {folder} is not a folder; create it first")
    return folder.absolute()


def location() -> str:
    """The folder that runs share results through, or an empty text. Raises YijuError for an unsafe one."""
    folder = named()
    if folder is None:
        return ""
    require_guarded(folder)
    return str(folder)


def require_guarded(folder: Path) -> None:
    """Refuse a folder in which others could change what runs take.

    The rule: it belongs to the user or to root, and nobody else may write in it; or it is a team's, whose group may
    write and has the user as a member, with the sticky bit, by which only its author can replace an entry. Neither it
    nor a folder above it may be open to everybody. Raises YijuError with the reason and the remedy.
    """
    real = folder.resolve()
    for place in (real, *real.parents):
        mode = place.stat().st_mode
        if mode & stat.S_IWOTH and (place == real or not mode & stat.S_ISVTX):
            raise _refusal(folder, f"every account may write in {place}", f"chmod o-w {place}")
    found = real.stat()
    team = bool(found.st_mode & stat.S_IWGRP)
    if team and not found.st_mode & stat.S_ISVTX:
        raise _refusal(
            folder,
            "its group may write in it, and without the sticky bit every member can replace the results of the others",
            f"chmod g-w {real} for yourself alone, or chmod g+s,+t {real} for a team that trusts each other",
        )
    member = found.st_gid in (os.getegid(), *os.getgroups())
    if found.st_uid not in (os.geteuid(), 0) and not (team and member):
        raise _refusal(
            folder,
            f"it belongs to another account (user id {found.st_uid})",
            "take a folder of your own; or have its owner make it your team's: chgrp TEAM and chmod 3770",
        )


def _refusal(folder: Path, reason: str, remedy: str) -> YijuError:
    return YijuError(f"{VARIABLE}: {folder} is not safe to share results through: {reason}; {remedy}")


def take(folder: Path, key: str, outputs: Sequence[str]) -> bool:
    """Copy the files of an entry to a job's outputs; whether there was one, and every file had its checksum.

    An entry that somebody may have changed is named in a warning and not taken.
    """
    entry = folder / key
    if not entry.is_dir():
        return False
    try:
        _require_own(entry)
        checksums = json.loads((entry / CHECKSUMS).read_text(encoding="utf-8"))
        for output in outputs:
            _copy(entry / Path(output).name, checksums[Path(output).name], output)
    except (OSError, ValueError, KeyError, YijuError) as error:
        log.warning("shared result %s is not taken, and computed here instead: %s", entry, error)
        _remove(entry)
        return False
    log.info("taken from the shared results: %s", entry)
    return True


def keep(folder: Path, key: str, outputs: Sequence[str]) -> None:
    """Share a job's outputs, whole or not at all. A run does not fail because it cannot share."""
    entry = folder / key
    if entry.exists():
        log.warning("%s: this shared result is there already and cannot be replaced; its author can remove it", entry)
        return
    try:
        unfinished = Path(tempfile.mkdtemp(prefix=f".{key}.", dir=folder))
    except OSError as error:
        log.warning("the result is not shared: %s", error)
        return
    try:
        _write(unfinished, outputs)
        unfinished.rename(entry)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        # Another run may have been faster.
        if not entry.exists():
            log.warning("the result is not shared: %s", error)


def _write(entry: Path, outputs: Sequence[str]) -> None:
    """Files and checksums of an entry, readable as the umask says, and written by its author alone."""
    checksums = {Path(output).name: sha256(output) for output in outputs}
    for output in outputs:
        shutil.copyfile(output, entry / Path(output).name)
    (entry / CHECKSUMS).write_text(json.dumps(checksums, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    allowed = ~umask() & ~OTHERS_WRITE
    for file in entry.iterdir():
        file.chmod(0o666 & allowed)
        with file.open("rb") as written:
            os.fsync(written.fileno())
    entry.chmod(0o777 & allowed)


def _require_own(entry: Path) -> None:
    """Raise YijuError where others than the author may write to an entry."""
    for place in (entry, *entry.iterdir()):
        if place.lstat().st_mode & OTHERS_WRITE or place.is_symlink():
            raise YijuError(f"others than its author may change {place}")


def _copy(file: Path, checksum: str, output: str) -> None:
    """Copy a file to an output, which appears only with the right checksum."""
    with atomic(output) as temporary:
        shutil.copyfile(file, temporary)
        found = sha256(temporary)
        if found != checksum:
            raise YijuError(f"{file} was changed: its SHA-256 is {found}, expected {checksum}")


def _remove(entry: Path) -> bool:
    """Take an entry away, first out of representation, so that nobody takes half of it; whether that was possible."""
    away = entry if entry.name.startswith(".") else entry.with_name(f".{entry.name}.{os.getpid()}")
    try:
        entry.rename(away)
        shutil.rmtree(away)
    except OSError:
        return False
    return True


def entries(folder: Path) -> list[Path]:
    """Shared results, unfinished ones too, in order; what else lies in the folder is none of ours."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and ENTRY.fullmatch(path.name))


def _size(entry: Path) -> int:
    return sum(file.stat().st_size for file in entry.rglob("*") if file.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--remove", action="store_true", help="remove them; later runs compute them again")
    options = parser.parse_args()
    try:
        folder = named()
    except YijuError as error:
        sys.exit(str(error))
    if folder is None:
        sys.exit(f"{VARIABLE} is not set: it names the folder of shared results")
    found = entries(folder)
    print(f"{shown(str(folder))}: {len(found)} results, {sum(map(_size, found)) / 1e6:.1f} MB")
    if options.remove:
        kept = [entry for entry in found if not _remove(entry)]
        print(f"removed: {len(found) - len(kept)}")
        if kept:
            sys.exit(f"{len(kept)} results belong to other accounts, which can remove them: {kept[0]} …")


if __name__ == "__main__":
    main()
