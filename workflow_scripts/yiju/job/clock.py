"""A clock that jumped: files from the future. Snakemake compares times, and does not see what changes before them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

# Seconds; machines that share a disk differ by less.
AHEAD = 60.0


def from_the_future(places: Iterable[str | Path], now: float) -> list[Path]:
    """Files among, or below, these places that were changed more than a minute after `now` (seconds since 1970)."""
    return [file for place in places for file in _files(Path(place)) if file.stat().st_mtime > now + AHEAD]


def warning(ahead: list[Path]) -> str:
    """What a person should know and do about such files, at least one."""
    others = f" and {len(ahead) - 1} more" if len(ahead) > 1 else ""
    return (
        f"{ahead[0]}{others}: changed in the future, by this machine's clock; Snakemake goes by times and may take "
        "stale results for new. Set the clock right, `touch` these files, then run the same command again"
    )


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    elif place.is_dir():
        yield from sorted(file for file in place.rglob("*") if file.is_file())
