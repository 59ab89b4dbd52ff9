"""The lowest versions that pyproject.toml admits, as constraints for pip: `python -m tools.lowest_versions`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def declared() -> dict[str, list[Requirement]]:
    """What the package needs, by extra; the key of what it always needs is empty."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    lists = {"": project["dependencies"], **project["optional-dependencies"]}
    return {extra: [Requirement(line) for line in lines] for extra, lines in lists.items()}


def lowest(requirements: Sequence[Requirement]) -> list[str]:
    """A constraint for every requirement that has a lower bound, sorted."""
    bounds = {one.name: part.version for one in requirements for part in one.specifier if part.operator == ">="}
    return sorted((f"{name}=={version}" for name, version in bounds.items()), key=str.lower)


if __name__ == "__main__":
    print("\n".join(lowest([one for own in declared().values() for one in own])))
