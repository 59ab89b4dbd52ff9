"""The results that runs and users share (SNAKEMAKE_OUTPUT_CACHE): how many, how large; `--remove` takes them away."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from yiju.errors import YijuError
from yiju.shown import shown

VARIABLE = "SNAKEMAKE_OUTPUT_CACHE"
# Snakemake names an entry by the SHA-256 of all that made it, and what the output's name ends in.
ENTRY = re.compile(r"[0-9a-f]{64}(\D.*)?")


def location() -> Path:
    """The folder that the environment names. Raises YijuError where there is none."""
    if not os.environ.get(VARIABLE):
        raise YijuError(f"{VARIABLE} is not set: it names the folder of shared results")
    folder = Path(os.environ[VARIABLE])
    if not folder.is_dir():
        raise YijuError(f"{VARIABLE}: {folder} is no folder; create it first")
    return folder


def entries(folder: Path) -> list[Path]:
    """Snakemake's entries, in order; what else lies in the folder is none of ours."""
    return sorted(path for path in folder.iterdir() if path.is_file() and ENTRY.fullmatch(path.name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--remove", action="store_true", help="remove them: runs that used them compute them again")
    options = parser.parse_args()
    try:
        folder = location()
    except YijuError as error:
        sys.exit(str(error))
    found = entries(folder)
    print(f"{shown(str(folder))}: {len(found)} files, {sum(path.stat().st_size for path in found) / 1e6:.1f} MB")
    if options.remove:
        for path in found:
            path.unlink()
        print("removed")


if __name__ == "__main__":
    main()
